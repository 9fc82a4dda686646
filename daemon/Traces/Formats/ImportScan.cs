using System.Globalization;
using MoeDevtools.Messages;

namespace MoeDevtools.Traces.Formats;

/// <summary>The first reading of decisions.</summary>
/// <param name="layers">Routers of a row.</param>
/// <param name="slots">Slots of a router.</param>
internal sealed class ImportScan(int layers, int slots)
{
    /// <summary>What a trace can number.</summary>
    private const long MostSteps = 1L << 46;

    private readonly long[] _notZero = new long[layers];
    private readonly long[] _decided = new long[layers];

    /// <summary>Largest id of each router; -1 = it never chose one.</summary>
    public long[] Largest { get; } = [.. Enumerable.Repeat(-1L, layers)];

    public long Tokens { get; private set; }

    /// <summary>Tokens without an expert at any router.</summary>
    public long Missing { get; private set; }

    /// <summary>Tokens whose -1 an unsigned dtype turned into its largest number.</summary>
    public long WrappedRows { get; private set; }

    /// <summary>The last slot that some row of each router fills, from 1.</summary>
    public int[] SlotsUsed { get; } = new int[layers];

    public void Add(ImportedPass pass)
    {
        if (pass.Step is < 0 or > MostSteps)
            throw new UserError("MOE7304", $"the step {pass.Step} is not possible.", $"Steps are numbers from 0 to {MostSteps}: check that the array of steps holds them.");
        WrappedRows += pass.Wrapped;
        for (var row = 0; row < pass.Rows; row++)
        {
            if (pass.Padding[row]) continue;
            Tokens++;
            if (IsMissing(pass, row, layers * slots)) Missing++;
            for (var layer = 0; layer < layers; layer++)
            {
                var ids = pass.Ids.AsSpan((row * layers + layer) * slots, slots);
                for (var j = 0; j < slots; j++)
                {
                    var id = ids[j];
                    if (id < -1 || id > int.MaxValue)
                        throw new UserError("MOE7239", $"the id {id} at token {Where(pass, row)}, layer {layer}, is no expert.", $"Ids are numbers from 0, and -1 is an empty slot: check that this array holds them.");
                    if (id < 0) continue;
                    _decided[layer]++;
                    if (id > 0) _notZero[layer]++;
                    if (id > Largest[layer]) Largest[layer] = id;
                    if (j >= SlotsUsed[layer]) SlotsUsed[layer] = j + 1;
                }
            }
        }
    }

    /// <summary>Expert 0 everywhere: with several slots nothing chooses so, and with one a long text does not.</summary>
    public bool AllZero(int layer, int k) => _notZero[layer] == 0 && _decided[layer] >= (k > 1 ? 2 : 16);

    /// <summary>A row without any expert: it was not recorded, or is padding that the tool did not name.</summary>
    public static bool IsMissing(ImportedPass pass, int row, int width) => !pass.IsComplete && !pass.Ids.AsSpan(row * width, width).ContainsAnyExcept(-1L);

    private static string Where(ImportedPass pass, int row) => string.Create(CultureInfo.InvariantCulture, $"{pass.Position[row]} of sequence {pass.Sequence[row]}");
}
