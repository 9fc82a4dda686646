using System.CommandLine;
using System.CommandLine.Parsing;
using MoeDevtools.Messages;

namespace MoeDevtools.Host.Verbs;

/// <summary>What is wrong with a command line: the first mistake, in the program's own words.</summary>
internal static class UsageErrors
{
    /// <summary>Null where the command line can be run.</summary>
    public static UserError? Of(ParseResult parsed, IReadOnlyList<Verb> verbs)
    {
        if (parsed.CommandResult.Command is not Verb verb)
        {
            string word = parsed.Tokens[0].Value;
            return Unknown($"verb", word, verbs.Select(each => each.Name), $"moe-devtools --help lists the verbs.");
        }

        if (verb.Verbs.Count > 0)
        {
            return parsed.UnmatchedTokens is [var unknown, ..]
                ? Unknown($"verb of {verb.FullName}", unknown, verb.Verbs.Select(each => each.Name), $"moe-devtools {verb.FullName} --help lists the verbs.")
                : new UserError("MOE9012", $"{verb.FullName} alone does nothing.", $"Say what: {string.Join(", ", verb.Verbs.Select(each => each.Name))}.");
        }

        if (StrayOption(parsed) is { } stray)
        {
            return Unknown($"option of {verb.FullName}", stray, OptionNames(verb), $"moe-devtools {verb.FullName} --help lists the options.");
        }

        return parsed.Errors.Count > 0 ? Describe(parsed.Errors[0], parsed, verb) : null;
    }

    private static UserError Unknown(FormattableString what, string word, IEnumerable<string> known, FormattableString where) => Suggestion.Nearest(word, known) is { } nearest
        ? new UserError("MOE9002", $"\"{word}\" is no {what}.", $"Did you mean {nearest}? {where}")
        : new UserError("MOE9003", $"\"{word}\" is no {what}.", $"{where}");

    private static IEnumerable<string> OptionNames(Verb verb) =>
        verb.Options.Where(option => !option.Hidden).SelectMany(option => option.Aliases.Prepend(option.Name)).Append("--help");

    /// <summary>
    /// A word like <c>--jsn</c> that no option took. The parser would hand it to an argument (a model called "--jsn"), so only words after
    /// <c>--</c> may begin with a dash.
    /// </summary>
    private static string? StrayOption(ParseResult parsed)
    {
        var literal = parsed.Tokens.SkipWhile(token => token.Type != TokenType.DoubleDash).ToHashSet(ReferenceEqualityComparer.Instance);
        return parsed.CommandResult.Tokens.Where(token => !literal.Contains(token)).Select(token => token.Value)
            .Concat(parsed.UnmatchedTokens).FirstOrDefault(value => value.Length > 1 && value[0] == '-' && value != "--");
    }

    private static UserError Describe(ParseError error, ParseResult parsed, Verb verb)
    {
        FormattableString help = $"moe-devtools {verb.FullName} --help shows the usage.";
        if (parsed.UnmatchedTokens is [var extra, ..])
        {
            return new UserError("MOE9004", $"{verb.FullName} has no use for \"{extra}\".", $"Put quotes around a value with spaces; {help}");
        }

        switch (error.SymbolResult)
        {
            case ArgumentResult { Tokens.Count: 0, Parent: CommandResult } missing:
                return new UserError("MOE9007", $"{verb.FullName} needs {missing.Argument.Name}: {missing.Argument.Help}.", $"{help}");
            case OptionResult { Tokens.Count: 0 } bare:
                return new UserError("MOE9008", $"{bare.Option.Name} needs a value.", $"Write {bare.Option.Name} {HelpText.ValueName(bare.Option)}; {help}");
            case OptionResult { Tokens: [.., var token] } option when IsConversion(error):
                return new UserError("MOE9009", $"{option.Option.Name} {token.Value}: not {Kind(option.Option.ValueType)}.", $"{help}");
            default:
                return new UserError("MOE9010", $"{string.Join(' ', error.Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))}", $"{help}");
        }
    }

    // The parser's message names .NET types ("as expected type 'System.Int32'"); a validator's own message stays as it is.
    private static bool IsConversion(ParseError error) => error.Message.StartsWith("Cannot parse argument", StringComparison.Ordinal);

    private static FormattableString Kind(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        type = type.IsArray ? type.GetElementType()! : type;
        return Type.GetTypeCode(type) switch
        {
            _ when type.IsEnum => (FormattableString)$"one of {string.Join(", ", Enum.GetNames(type).Select(name => name.ToLowerInvariant()))}",
            TypeCode.Byte or TypeCode.UInt16 or TypeCode.UInt32 or TypeCode.UInt64 => $"a whole number from 0",
            TypeCode.Int16 or TypeCode.Int32 or TypeCode.Int64 => $"a whole number in range",
            TypeCode.Single or TypeCode.Double or TypeCode.Decimal => $"a number",
            TypeCode.Boolean => $"true or false",
            _ => $"a {type.Name}",
        };
    }
}
