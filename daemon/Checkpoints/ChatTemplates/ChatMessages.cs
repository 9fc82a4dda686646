using System.Text.Json;

namespace MoeDevtools.Checkpoints.ChatTemplates;

/// <summary>A conversation from a file, ready for <see cref="ChatTemplate.Render"/>.</summary>
/// <param name="Messages">A list with at least one object; each has a <c>role</c>, which is a string.</param>
/// <param name="Tools">A list; null when the file has none.</param>
/// <param name="Variables">The other keys of the file's object, for the template.</param>
public sealed record ChatMessages(JsonElement Messages, JsonElement? Tools, IReadOnlyDictionary<string, JsonElement> Variables)
{
    /// <param name="path">A JSON file: a list of messages, or an object with <c>messages</c>, perhaps <c>tools</c>, and variables.</param>
    public static ChatMessages Load(string path)
    {
        var root = JsonFile.ReadJson(path);
        if (root.ValueKind == JsonValueKind.Array)
        {
            return new ChatMessages(Checked(path, "the file", root), null, new Dictionary<string, JsonElement>());
        }

        if (root.ValueKind != JsonValueKind.Object)
        {
            throw FileErrors.MessagesShape(path, "the file", "a list of messages or an object with 'messages'", JsonFile.Kind(root));
        }

        JsonElement messages = default;
        JsonElement? tools = null;
        var variables = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var property in root.EnumerateObject())
        {
            switch (property.Name)
            {
                case "messages":
                    messages = property.Value;
                    break;
                case "tools":
                    tools = property.Value.ValueKind switch
                    {
                        JsonValueKind.Array => property.Value,
                        JsonValueKind.Null => null,
                        _ => throw FileErrors.MessagesShape(path, "'tools'", "a list", JsonFile.Kind(property.Value)),
                    };
                    break;
                default:
                    variables[property.Name] = property.Value;
                    break;
            }
        }

        return new ChatMessages(Checked(path, "'messages'", messages), tools, variables);
    }

    private static JsonElement Checked(string path, string place, JsonElement messages)
    {
        if (messages.ValueKind != JsonValueKind.Array || messages.GetArrayLength() == 0)
        {
            throw FileErrors.MessagesShape(path, place, "a list of at least one message", JsonFile.Kind(messages));
        }

        var index = 0;
        foreach (var message in messages.EnumerateArray())
        {
            if (message.ValueKind != JsonValueKind.Object)
            {
                throw FileErrors.MessagesShape(path, $"message {index}", "an object", JsonFile.Kind(message));
            }

            var role = message.TryGetProperty("role", out var found) ? found : default;
            if (role.ValueKind != JsonValueKind.String)
            {
                throw FileErrors.MessagesShape(path, $"'role' of message {index}", "a string", JsonFile.Kind(role));
            }

            index++;
        }

        return messages;
    }
}
