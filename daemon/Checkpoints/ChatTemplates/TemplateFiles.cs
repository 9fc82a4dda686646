using System.Text.Json;

namespace MoeDevtools.Checkpoints.ChatTemplates;

/// <summary>Where a model folder keeps its templates and special tokens.</summary>
internal static class TemplateFiles
{
    private const string Default = "default";

    public static ChatTemplate? Find(string folder, string? name)
    {
        var config = ReadObject(folder, "tokenizer_config.json");
        var templates = Templates(folder, config);
        if (templates.Count == 0)
        {
            return null;
        }

        if (name is null && templates.Count == 1)
        {
            name = templates.Keys.First();
        }

        if (!templates.TryGetValue(name ?? Default, out var chosen))
        {
            throw FileErrors.NoSuchTemplate(folder, name ?? Default, string.Join(", ", templates.Keys.Select(known => $"'{known}'")));
        }

        var tokens = SpecialTokens(folder, config);
        var withTools = name is null && templates.TryGetValue("tool_use", out var toolUse) ? Parse(toolUse, tokens, null) : null;
        return Parse(chosen, tokens, withTools);
    }

    private static ChatTemplate Parse((string Source, string Origin) template, IReadOnlyDictionary<string, JsonElement> tokens, ChatTemplate? withTools)
    {
        var parsed = ChatTemplate.Parse(template.Source, template.Origin);
        return parsed.With(tokens, withTools);
    }

    /// <summary>Templates by name, with where each is from; a single one is called "default".</summary>
    private static Dictionary<string, (string Source, string Origin)> Templates(string folder, JsonElement? config)
    {
        var templates = new Dictionary<string, (string, string)>(StringComparer.Ordinal);
        var file = Path.Combine(folder, "chat_template.jinja");
        var further = Path.Combine(folder, "additional_chat_templates");
        if (Directory.Exists(further))
        {
            foreach (var path in Directory.EnumerateFiles(further, "*.jinja").Order(StringComparer.Ordinal))
            {
                templates[Path.GetFileNameWithoutExtension(path)] = (JsonFile.ReadText(path), path);
            }
        }

        if (File.Exists(file))
        {
            templates[Default] = (JsonFile.ReadText(file), file);
        }

        if (templates.Count > 0)
        {
            return templates;
        }

        AddFrom(templates, Path.Combine(folder, "tokenizer_config.json"), config);
        if (templates.Count == 0)
        {
            AddFrom(templates, Path.Combine(folder, "chat_template.json"), ReadObject(folder, "chat_template.json"));
        }

        return templates;
    }

    private static void AddFrom(Dictionary<string, (string Source, string Origin)> templates, string path, JsonElement? root)
    {
        const string Key = "chat_template";
        if (root is not { } file || !file.TryGetProperty(Key, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return;
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            templates[Default] = (Text(path, Key, value), $"{path}: {Key}");
            return;
        }

        foreach (var element in value.EnumerateArray())
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty("name", out var name) || !element.TryGetProperty("template", out var source))
            {
                throw FileErrors.TemplateShape(path, Key, "a list with an element that lacks 'name' or 'template'");
            }

            var called = Text(path, $"{Key}.name", name);
            templates[called] = (Text(path, $"{Key}.template", source), $"{path}: {Key} '{called}'");
        }
    }

    /// <summary>
    /// What the template may print by name. Before tokenizer_config.json listed the added tokens itself, special_tokens_map.json had
    /// the last word on them.
    /// </summary>
    private static Dictionary<string, JsonElement> SpecialTokens(string folder, JsonElement? config)
    {
        var tokens = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        AddTokens(tokens, Path.Combine(folder, "tokenizer_config.json"), config);
        if (config is not { } file || !file.TryGetProperty("added_tokens_decoder", out _))
        {
            AddTokens(tokens, Path.Combine(folder, "special_tokens_map.json"), ReadObject(folder, "special_tokens_map.json"));
        }

        return tokens;
    }

    private static void AddTokens(Dictionary<string, JsonElement> tokens, string path, JsonElement? root)
    {
        if (root is not { } file)
        {
            return;
        }

        foreach (var property in file.EnumerateObject())
        {
            var known = property.Name is "bos_token" or "eos_token" or "unk_token" or "sep_token" or "pad_token" or "cls_token" or "mask_token";
            if (known && property.Value.ValueKind != JsonValueKind.Null)
            {
                var content = property.Value.ValueKind == JsonValueKind.Object && property.Value.TryGetProperty("content", out var inner) ? inner : property.Value;
                _ = Text(path, property.Name, content);
                tokens[property.Name] = content;
            }
        }
    }

    private static string Text(string path, string key, JsonElement value) => value.ValueKind == JsonValueKind.String
        ? value.GetString()!
        : throw FileErrors.TemplateShape(path, key, JsonFile.Kind(value));

    private static JsonElement? ReadObject(string folder, string file)
    {
        var path = Path.Combine(folder, file);
        if (!File.Exists(path))
        {
            return null;
        }

        var root = JsonFile.ReadJson(path);
        return root.ValueKind == JsonValueKind.Object ? root : throw FileErrors.TemplateShape(path, "the file", JsonFile.Kind(root));
    }
}
