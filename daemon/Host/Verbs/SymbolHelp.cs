using System.CommandLine;
using System.Runtime.CompilerServices;

namespace MoeDevtools.Host.Verbs;

/// <summary>What the help says of a verb, an argument or an option: a sentence that has translations, where System.CommandLine's own description is text.</summary>
internal static class SymbolHelp
{
    private static readonly ConditionalWeakTable<Symbol, FormattableString> Sentences = [];

    extension(Symbol symbol)
    {
        /// <summary>A phrase without capital and full stop.</summary>
        public FormattableString Help
        {
            get => Sentences.TryGetValue(symbol, out var sentence) ? sentence : throw new InvalidOperationException($"{symbol.Name} has no help");
            set => Sentences.AddOrUpdate(symbol, value);
        }
    }
}
