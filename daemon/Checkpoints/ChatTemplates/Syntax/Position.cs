namespace MoeDevtools.Checkpoints.ChatTemplates.Syntax;

/// <summary>Line and column in the template's own text, both from 1; columns count UTF-16 units.</summary>
internal readonly record struct Position(int Line, int Column);
