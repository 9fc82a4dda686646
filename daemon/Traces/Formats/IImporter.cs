using MoeDevtools.Messages;

namespace MoeDevtools.Traces.Formats;

/// <summary>Reads one format of another tool.</summary>
internal interface IImporter
{
    /// <summary>As <c>--format</c> names it.</summary>
    string Name { get; }

    /// <summary>A phrase for help and docs.</summary>
    string Description { get; }

    /// <summary>Whether several files are one recording.</summary>
    bool TakesSeveral { get; }

    /// <summary>Whether <paramref name="file"/> is of this format.</summary>
    bool Recognises(ImportFile file);

    /// <exception cref="UserError">A file is not what it should be, or does not say something that is needed.</exception>
    ImportedTrace Open(IReadOnlyList<ImportFile> files, ImportOptions options);
}
