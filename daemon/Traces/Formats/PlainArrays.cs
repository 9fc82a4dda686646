using System.Globalization;
using MoeDevtools.Messages;
using MoeDevtools.Routing;
using MoeDevtools.Traces.Formats.Numpy;

namespace MoeDevtools.Traces.Formats;

/// <summary>
/// Expert ids as a plain array, .npy (vLLM's <c>routed_experts</c> saved with numpy) or .npz, there with weights, scores, token ids and places where it has them; and what
/// <see cref="NpzExport"/> writes.
/// </summary>
internal sealed class PlainArrays : IImporter
{
    private static readonly string[] IdNames = ["selected_experts", "ids", "topk_ids", "routed_experts", "expert_ids", "experts", "indices"];
    private static readonly string[] WeightNames = ["routing_weights", "weights", "topk_weights", "expert_weights"];
    private static readonly string[] TokenNames = ["token_id", "token_ids", "input_ids"];
    private static readonly string[] LogitNames = ["router_logits", "logits"];
    private static readonly string[] ScoreNames = ["router_scores", "scores"];

    public string Name => "arrays";

    public string Description => "expert ids as .npy or .npz [tokens, layers, k], with weights and token ids where they are there";

    public bool TakesSeveral => false;

    public bool Recognises(ImportFile file) => file.Kind switch
    {
        ImportFileKind.Npy => IsIds(file.Array),
        ImportFileKind.Npz => FindIds(file.Npz) is not null,
        _ => false,
    };

    public ImportedTrace Open(IReadOnlyList<ImportFile> files, ImportOptions options)
    {
        var file = files[0];
        var npz = file.Kind == ImportFileKind.Npz ? file.Npz : null;
        var ids = file.Kind == ImportFileKind.Npy ? file.Array : npz is null ? null : FindIds(npz);
        if (ids is null || !IsIds(ids))
            throw new UserError("MOE7250", $"{file.Path} has no array of expert ids.", $"It needs whole numbers with axes for tokens, layers and k; in an .npz the array is named ids.");
        if (ids.Header.Count == 0)
            throw new UserError("MOE7251", $"{ids.Name}, {ids.Header.Describe()}, is empty.", $"Check that the tool recorded something.");
        var tokenIds = Find(npz, TokenNames);
        var named = npz?.Find("layout")?.ReadText();
        string? why = null;
        var layout = (options.Layout ?? named) is { } said ? IdLayout.Parse(said, ids) : IdLayout.Sniff(ids, tokenIds is { Shape: [var t] } ? t : null, out why);
        var arrays = new Source(npz, ids, layout, tokenIds);
        var trace = new ImportedTrace
        {
            Routers = arrays.Routers, Slots = arrays.Slots, Experts = arrays.Experts, Passes = arrays.Passes,
        };
        trace.Found.Add($"{ids.Header.Describe()} as {layout}{(why is null ? "" : $" ({why})")}");
        trace.Found.AddRange(arrays.Beside);
        if (why is not null) trace.Assumed.Add($"The axes are {layout}; --layout says it otherwise.");
        if (arrays.Sequence is null) trace.Assumed.Add($"All tokens are one sequence, and their positions count from 0.");
        return trace;
    }

    private static bool IsIds(NpyArray array) => array is { Shape.Count: 2 or 3, Header.Kind: NpyKind.Signed or NpyKind.Unsigned or NpyKind.Real };

    private static NpyArray? FindIds(NpzFile npz)
    {
        if (Find(npz, IdNames) is { } named) return IsIds(named) ? named : null;
        var whole = npz.Names.Select(npz.Find).Where(a => a is { IsInteger: true, Shape.Count: 3 }).ToList();
        return whole is [var only] ? only : null;
    }

    private static NpyArray? Find(NpzFile? npz, string[] names) => npz is null ? null : names.Select(npz.Find).FirstOrDefault(a => a is not null);

    /// <summary>The arrays of one file, and how passes are read from them.</summary>
    private sealed class Source
    {
        private readonly NpyArray _ids;
        private readonly IdLayout _layout;
        private readonly NpyArray? _tokenIds;
        private readonly NpyArray? _weights;
        private readonly NpyArray? _logits;
        private readonly NpyArray? _scores;
        private readonly NpyArray? _selection;
        private readonly NpyArray? _position;
        private readonly NpyArray? _recorded;
        private readonly NpyArray? _padding;
        private readonly NpyArray?[] _places;    // step, pass, rank, phase
        private readonly long _rows;
        private readonly int _layers;
        private readonly int _scoreWidth;
        private readonly bool _isExport;    // of a trace

        public Source(NpzFile? npz, NpyArray ids, IdLayout layout, NpyArray? tokenIds)
        {
            (_ids, _layout) = (ids, layout);
            _rows = ids.Shape[layout.Tokens];
            _isExport = npz is not null && npz.Has("layout") && npz.Has("routers");
            _layers = layout.Layers < 0 ? 1 : Small(layout.Layers);
            Slots = Small(layout.Slots);
            _tokenIds = Row(tokenIds);
            Sequence = Row(Find(npz, ["sequence", "doc"]));
            _position = Row(npz?.Find("position") ?? npz?.Find("positions"));
            _padding = Row(npz?.Find("padding"));
            _places = [Row(npz?.Find("step")), Row(npz?.Find("pass")), Row(npz?.Find("rank")), Row(npz?.Find("phase"))];
            _weights = Same(Find(npz, WeightNames), Slots);
            _logits = Same(Find(npz, LogitNames), null);
            _scores = Same(Find(npz, ScoreNames), null);
            _selection = Same(npz?.Find("selection_scores"), null);
            _recorded = npz?.Find("recorded") is { } recorded && recorded.Shape.SequenceEqual([_rows, _layers]) ? recorded : null;
            var wide = new[] { _logits, _scores, _selection }.Where(a => a is not null).Select(a => a!.Shape[layout.Slots]).Distinct().ToList();
            if (wide.Count > 1)
                throw new UserError("MOE7252", $"the arrays of scores of {npz!.Path} have {string.Join(" and ", wide)} experts.", $"Save them with the same number of experts.");
            _scoreWidth = wide.Count == 0 ? 0 : (int)wide[0];
            var own = npz?.Find("experts_of_router") is { } n && n.Shape.SequenceEqual([_layers]) ? n.ReadAll() : null;
            var ownK = npz?.Find("k_of_router") is { } k && k.Shape.SequenceEqual([_layers]) ? k.ReadAll() : null;
            var names = npz?.Find("routers")?.ReadTexts();
            var stacks = npz?.Find("stacks")?.ReadTexts();
            var places = npz?.Find("layers") is { } l && l.Shape.SequenceEqual([_layers, 2]) ? l.ReadAll() : null;
            Experts = wide.Count > 0 && own is null ? _scoreWidth : npz?.Find("num_experts") is { Header.Count: 1 } count ? (int)count.ReadAll()[0] : null;
            Routers = [.. Enumerable.Range(0, _layers).Select(i =>
            {
                var router = ImportedRouter.Layer(i);
                if (names?.Length == _layers && places is not null && stacks?.Length == _layers)
                    router = new ImportedRouter(new RouterId(stacks[i], (int)places[2 * i], (int)places[2 * i + 1]), names[i]);
                return router with { Experts = (int?)own?[i], K = (int?)ownK?[i] };
            })];
            Beside = [.. new[] { _tokenIds, Sequence, _position, _weights, _logits, _scores, _selection }.Where(a => a is not null)
                .Select(a => $"{a!.Name[(a.Name.LastIndexOf(": ", StringComparison.Ordinal) + 2)..]} {a.Header.Describe()}")];
        }

        public int Slots { get; }

        public int? Experts { get; }

        public NpyArray? Sequence { get; }

        public IReadOnlyList<ImportedRouter> Routers { get; }

        public IReadOnlyList<string> Beside { get; }

        public IEnumerable<ImportedPass> Passes()
        {
            var pass = new ImportedPass { IsComplete = _isExport };
            var isNamed = _places[0] is not null || _places[1] is not null;
            var width = Math.Max(1L, _layers * (Slots + 3L * _scoreWidth));
            var per = (int)(isNamed ? Math.Clamp((1 << 25) / width, ImportedPass.MostRows, 1 << 16) : Math.Clamp((1 << 22) / width, 1, ImportedPass.MostRows));
            var begun = new HashSet<int>();
            var column = new long[per];
            var place = new long[4][];
            (long Step, long Pass, long Rank)? last = null;
            var number = 0;
            for (long at = 0; at < _rows;)
            {
                var rows = (int)Math.Min(per, _rows - at);
                for (var i = 0; i < 4; i++)
                {
                    place[i] = new long[rows];
                    if (_places[i] is { } array) array.Read([at], [rows], place[i]);
                    else if (i == 0) place[i].AsSpan().Fill(1);
                }
                // A pass that the file names ends where its number does.
                if (isNamed)
                {
                    var same = 1;
                    while (same < rows && Enumerable.Range(0, 4).All(i => place[i][same] == place[i][0])) same++;
                    rows = same;
                }
                if (_recorded is not null)
                {
                    // All rows of a pass are seen by the same routers.
                    var seen = new long[rows * _layers];
                    _recorded.Read([at, 0], [rows, _layers], seen);
                    var same = 1;
                    while (same < rows && seen.AsSpan(same * _layers, _layers).SequenceEqual(seen.AsSpan(0, _layers))) same++;
                    rows = same;
                    pass.Recorded = Array.ConvertAll(seen[.._layers], s => s != 0);
                }
                pass.Reset(rows, _layers * Slots);
                var named = (place[0][0], place[1][0], place[2][0]);
                if (last is { } before && named.CompareTo(before) < 0)
                    throw new UserError("MOE7253", $"{_ids.Name}: row {at} goes back from step {before.Step}, pass {before.Pass} to step {named.Item1}, pass {named.Item2}.", $"Sort the rows by step, pass and rank.");
                // Chunks of a pass that is longer than a batch get numbers of their own.
                number = last is { } l && l.Step == named.Item1 && l.Rank == named.Item3 ? Math.Max(number + 1, Whole(named.Item2)) : Whole(named.Item2);
                last = named;
                (pass.Step, pass.Pass, pass.Rank) = (named.Item1, number, Whole(named.Item3));
                pass.Phase = place[3][0] is >= 0 and <= (int)Phase.Recompute ? (Phase)place[3][0] : Phase.Prefill;
                if (_tokenIds is not null) Column(_tokenIds, at, rows, column, pass.TokenId, -1);
                if (Sequence is not null) Column(Sequence, at, rows, column, pass.Sequence, 0);
                if (_position is not null) Column(_position, at, rows, column, pass.Position, 0);
                else if (Sequence is null)
                    for (var i = 0; i < rows; i++) pass.Position[i] = (int)Math.Min(at + i, int.MaxValue);
                if (_padding is not null)
                {
                    _padding.Read([at], [rows], column.AsSpan(0, rows));
                    for (var i = 0; i < rows; i++) pass.Padding[i] = column[i] != 0;
                }
                for (var i = 0; i < rows; i++)
                    if (begun.Add(pass.Sequence[i])) pass.Begun.Add(new TraceSequence(pass.Sequence[i], null, null, []));
                Ids(pass, at, rows);
                pass.Weights = Values(_weights, pass.Weights, at, rows, Slots);
                pass.Logits = Values(_logits, pass.Logits, at, rows, _scoreWidth);
                pass.Scores = Values(_scores, pass.Scores, at, rows, _scoreWidth);
                pass.SelectionScores = Values(_selection, pass.SelectionScores, at, rows, _scoreWidth);
                pass.ScoreWidth = _scoreWidth;
                yield return pass;
                at += rows;
            }
        }

        private void Ids(ImportedPass pass, long at, int rows)
        {
            var (start, count) = Block(_ids, at, rows, Slots);
            var values = new long[rows * _layers * Slots];
            _ids.Read(start, count, values);
            Transpose(values, count, pass.Ids);
            if (_ids.Header.Kind == NpyKind.Unsigned && _ids.Header.Size < 8) pass.Unwrap((1L << (8 * _ids.Header.Size)) - 1, Slots, _layers * Slots);
        }

        private float[]? Values(NpyArray? array, float[]? reused, long at, int rows, int width)
        {
            if (array is null) return null;
            var (start, count) = Block(array, at, rows, width);
            var values = new float[rows * _layers * width];
            array.Read(start, count, values);
            var into = reused is null || reused.Length < values.Length ? new float[values.Length] : reused;
            Transpose(values, count, into);
            return into;
        }

        private (long[] Start, int[] Count) Block(NpyArray array, long at, int rows, int width)
        {
            var start = new long[array.Shape.Count];
            var count = new int[start.Length];
            (start[_layout.Tokens], count[_layout.Tokens], count[_layout.Slots]) = (at, rows, width);
            if (_layout.Layers >= 0) count[_layout.Layers] = _layers;
            return (start, count);
        }

        /// <summary>From the order of the array's axes to tokens, layers, slots.</summary>
        private void Transpose<T>(T[] from, int[] count, T[] into)
        {
            Span<int> strides = stackalloc int[count.Length];
            var stride = 1;
            for (var i = count.Length - 1; i >= 0; i--) (strides[i], stride) = (stride, stride * count[i]);
            var at = 0;
            for (var t = 0; t < count[_layout.Tokens]; t++)
                for (var l = 0; l < _layers; l++)
                    for (var j = 0; j < count[_layout.Slots]; j++)
                        into[at++] = from[t * strides[_layout.Tokens] + (_layout.Layers < 0 ? 0 : l * strides[_layout.Layers]) + j * strides[_layout.Slots]];
        }

        private static void Column(NpyArray array, long at, int rows, long[] column, int[] into, int least)
        {
            array.Read([at], [rows], column.AsSpan(0, rows));
            for (var i = 0; i < rows; i++)
                into[i] = column[i] >= least && column[i] <= int.MaxValue ? (int)column[i]
                    : throw new UserError("MOE7254", $"{array.Name} holds {column[i]} in row {at + i}.", $"Numbers from {least} to {int.MaxValue} are possible there.");
        }

        private static int Whole(long number) => (int)Math.Clamp(number, 0, int.MaxValue / 2);

        private NpyArray? Row(NpyArray? array) => array is null || array.Shape.SequenceEqual([_rows]) ? array
            : throw new UserError("MOE7255", $"{array.Name} is {array.Header.Describe()}, and there are {_rows} tokens.", $"Check --layout, or leave that array out.");

        private NpyArray? Same(NpyArray? array, int? width)
        {
            if (array is null) return null;
            var fits = array.Shape.Count == _ids.Shape.Count && Enumerable.Range(0, array.Shape.Count).All(a => a == _layout.Slots ? array.Shape[a] == (width ?? array.Shape[a]) && array.Shape[a] is > 0 and <= 1 << 16 : array.Shape[a] == _ids.Shape[a]);
            return fits && array is { Header.Kind: NpyKind.Real or NpyKind.Signed or NpyKind.Unsigned } ? array
                : throw new UserError("MOE7256", $"{array.Name} is {array.Header.Describe()}, and the ids are {_ids.Header.Describe()}.", $"Save both with the same axes, or leave that array out.");
        }

        private int Small(int axis) => _ids.Shape[axis] <= 1 << 12 ? (int)_ids.Shape[axis]
            : throw new UserError("MOE7257", $"{_ids.Name}, {_ids.Header.Describe()}, would have {_ids.Shape[axis]} {(axis == _layout.Layers ? "layers" : "slots")}.", $"Check --layout: it names tokens, layers and k in the order of the axes.");
    }
}
