using MoeDevtools.Checkpoints.Tokenizers.Unicode;

namespace MoeDevtools.Checkpoints.Tokenizers.Regexes;

/// <summary>The syntax tree of a regular expression.</summary>
internal abstract record RegexNode
{
    /// <summary>Whether it can match without taking a character.</summary>
    public abstract bool CanBeEmpty { get; }

    /// <summary>The characters that a match can begin with; meaningless where <see cref="CanBeEmpty"/>.</summary>
    public abstract CodePointSet First { get; }

    /// <summary>How many characters every match takes; null where that varies.</summary>
    public abstract int? Width { get; }

    /// <summary>One character of a set.</summary>
    public sealed record Set(CodePointSet Members) : RegexNode
    {
        public override bool CanBeEmpty => false;

        public override CodePointSet First => Members;

        public override int? Width => 1;
    }

    public sealed record Sequence(IReadOnlyList<RegexNode> Parts) : RegexNode
    {
        public override bool CanBeEmpty => Parts.All(p => p.CanBeEmpty);

        public override CodePointSet First
        {
            get
            {
                var first = CodePointSet.Empty;
                foreach (var part in Parts)
                {
                    first = first.Union(part.First);
                    if (!part.CanBeEmpty)
                    {
                        break;
                    }
                }
                return first;
            }
        }

        public override int? Width => Parts.Aggregate((int?)0, (sum, p) => sum + p.Width);
    }

    public sealed record Alternation(IReadOnlyList<RegexNode> Options) : RegexNode
    {
        public override bool CanBeEmpty => Options.Any(o => o.CanBeEmpty);

        public override CodePointSet First => Options.Aggregate(CodePointSet.Empty, (all, o) => all.Union(o.First));

        public override int? Width => Options.All(o => o.Width == Options[0].Width) ? Options[0].Width : null;
    }

    /// <param name="Most">-1 = no limit.</param>
    public sealed record Repeat(RegexNode Body, int Least, int Most, RepeatKind Kind) : RegexNode
    {
        public override bool CanBeEmpty => Least == 0 || Body.CanBeEmpty;

        public override CodePointSet First => Body.First;

        public override int? Width => Least == Most ? Least * Body.Width : null;
    }

    /// <summary>A group that is not entered again once it has matched.</summary>
    public sealed record Atomic(RegexNode Body) : RegexNode
    {
        public override bool CanBeEmpty => Body.CanBeEmpty;

        public override CodePointSet First => Body.First;

        public override int? Width => Body.Width;
    }

    public sealed record Look(RegexNode Body, bool Behind, bool Negative) : RegexNode
    {
        public override bool CanBeEmpty => true;

        public override CodePointSet First => CodePointSet.Empty;

        public override int? Width => 0;
    }

    public sealed record Anchor(AnchorKind Kind) : RegexNode
    {
        public override bool CanBeEmpty => true;

        public override CodePointSet First => CodePointSet.Empty;

        public override int? Width => 0;
    }
}
