using System.Text.Json.Nodes;

namespace MoeDevtools.Bench.Models;

/// <summary>A model that is made of random bfloat16 weights, and what a token costs it.</summary>
internal interface IRandomModel
{
    /// <summary>Its sizes.</summary>
    string Words { get; }

    int Vocabulary { get; }

    /// <summary>What a <see cref="RandomCheckpoint"/> does not say of every model.</summary>
    JsonObject Config { get; }

    /// <summary>Name and shape of every tensor, in the file's order. One dimension: all 1.</summary>
    IEnumerable<(string Name, int[] Shape)> Tensors { get; }

    /// <summary>0 where a tensor has weights; otherwise it is a table of int64, and each of its rows names different experts of so many.</summary>
    int ExpertsIn(string tensor) => 0;

    /// <summary>Weights that one decoded token needs, and states of a fixed size that it reads and writes, in bytes; embedding row, norms and keys and values left out.</summary>
    long BytesPerToken { get; }

    /// <summary>
    /// Operations of a prefill of <paramref name="tokens"/> as the engine does it, a multiply-add counted as two: every token through every layer; the head for the last token.
    /// </summary>
    double PrefillOperations(int tokens);
}
