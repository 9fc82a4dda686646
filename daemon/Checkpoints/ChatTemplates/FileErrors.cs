using MoeDevtools.Messages;

namespace MoeDevtools.Checkpoints.ChatTemplates;

/// <summary>What can be wrong with the files that hold templates and messages.</summary>
internal static class FileErrors
{
    public static UserError Unreadable(string path, string reason, Exception? cause = null) => new(
        "MOE1306",
        $"{path} cannot be read: {reason}.",
        $"Give a readable UTF-8 file.",
        cause);

    public static UserError NotJson(string path, long line, long column, string reason, Exception? cause = null) => new(
        "MOE1307",
        $"{path}, line {line}, column {column}: not JSON ({reason}).",
        $"Correct the file; a JSON checker of your editor shows the place.",
        cause);

    public static UserError TemplateShape(string path, string key, string found) => new(
        "MOE1308",
        $"{path}: '{key}' is {found}.",
        $"Write the template as a string, several as a list of objects with 'name' and 'template', a special token as a string or an object with 'content'.");

    public static UserError NoSuchTemplate(string folder, string wanted, string known) => new(
        "MOE1309",
        $"{folder} has no chat template '{wanted}', it has {known}.",
        $"Name one of these.");

    public static UserError MessagesShape(string path, string place, string wanted, string found) => new(
        "MOE1310",
        $"{path}: {place} must be {wanted}, found {found}.",
        $"Write a list of messages with 'role' and 'content', or an object with 'messages', 'tools' and the template's variables.");
}
