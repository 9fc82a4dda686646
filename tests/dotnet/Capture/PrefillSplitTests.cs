using System.Globalization;
using MoeDevtools.Capture;
using MoeDevtools.Checkpoints;
using MoeDevtools.Models;
using MoeDevtools.Models.Backends;
using MoeDevtools.Models.Blocks;
using MoeDevtools.Routing;
using MoeDevtools.Tests.House;

namespace MoeDevtools.Tests.Capture;

/// <summary>A prompt in any parts, or run again after going back, gives what it gives as a whole: every family's state, on every golden checkpoint.</summary>
public sealed class PrefillSplitTests
{
    private const double Bound = 1e-4;

    [Theory]
    [MemberData(nameof(ModelParityTests.FoldersAndBackends), MemberType = typeof(ModelParityTests))]
    public void PromptInRandomParts_GivesWhatTheWholeGives(string folder, string backend)
    {
        using var run = new Run(folder, backend);
        var expected = run.Whole();
        foreach (var seed in Enumerable.Range(1, 4))
        {
            var random = new Random(seed);
            // Single tokens too, as decoding has them; the last seed has nothing else.
            run.Same(expected, run.Parts(() => seed == 4 ? 1 : 1 + random.Next(random.Next(1, 20))));
        }
    }

    [Theory]
    [MemberData(nameof(ModelParityTests.FoldersAndBackends), MemberType = typeof(ModelParityTests))]
    public void PromptRunAgainAfterGoingBack_GivesWhatTheWholeGives(string folder, string backend)
    {
        using var run = new Run(folder, backend);
        run.Same(run.Whole(), run.GoingBack(new Random(5)));
    }

    private sealed class Run : IDisposable, IForwardObserver
    {
        private readonly ModelSession _session;
        private readonly int[] _encoded;
        private readonly int[] _ids;
        private readonly Dictionary<string, float[]> _seen = [];
        private int _start;

        public Run(string folder, string backend)
        {
            var path = Path.Combine(Repository.Root, "tests/fixtures/checkpoints", folder);
            _session = ModelSession.Open(path, backend);
            using var golden = SafetensorsFile.Open(Path.Combine(path, "golden.safetensors"));
            var ids = golden.Get("input_ids").ToInts();
            (_encoded, _ids) = Model.HasEncoder ? (ids, golden.Get("decoder_input_ids").ToInts()) : ([], ids);
        }

        private Decoder Model => _session.Model;

        public Dictionary<string, float[]> Whole() => Parts(() => int.MaxValue);

        /// <summary>Hidden states and logits of every token, by name.</summary>
        /// <param name="size">Of the next part.</param>
        public Dictionary<string, float[]> Parts(Func<int> size)
        {
            using var state = State();
            while (state.Length < _ids.Length) Forward(state, size());
            return Taken();
        }

        public Dictionary<string, float[]> GoingBack(Random random)
        {
            using var state = State();
            for (var jumps = 0; state.Length < _ids.Length;)
            {
                Forward(state, 1 + random.Next(12));
                if (jumps == 6) continue;
                jumps++;
                var wanted = random.Next(state.Length + 1);
                Assert.InRange(state.Rewind(wanted), 0, wanted);
            }
            return Taken();
        }

        public void Same(Dictionary<string, float[]> expected, Dictionary<string, float[]> actual)
        {
            Assert.Equal(expected.Keys, actual.Keys);
            foreach (var (name, values) in expected)
            {
                for (var i = 0; i < values.Length; i++)
                {
                    Assert.True(Math.Abs((double)values[i] - actual[name][i]) <= Bound * Math.Max(1, Math.Abs(values[i])),
                        $"{name}, token {i / (values.Length / _ids.Length)}: {actual[name][i]}, as a whole {values[i]}");
                }
            }
        }

        public void OnHidden(string stack, int index, Activation hidden)
        {
            if (stack == "decoder") Take(string.Create(CultureInfo.InvariantCulture, $"hidden_states.{index}"), 0, hidden);
        }

        public void OnLogits(int firstRow, Activation logits) => Take("logits", firstRow, logits);

        public void Dispose() => _session.Dispose();

        private SequenceState State()
        {
            var state = Model.CreateState(_ids.Length);
            if (Model.HasEncoder) Model.Encode(_encoded, state, Pass(_encoded), null, null, CancellationToken.None);
            return state;
        }

        private void Forward(SequenceState state, int size)
        {
            _start = state.Length;
            var ids = _ids.AsSpan(_start, Math.Min(size, _ids.Length - _start)).ToArray();
            Model.Forward(ids, state, Pass(ids), null, this).Dispose();
        }

        private void Take(string name, int firstRow, Activation x)
        {
            if (!_seen.TryGetValue(name, out var all)) _seen[name] = all = new float[_ids.Length * x.Columns];
            Model.Backend.Read(x, 0, all.AsSpan((_start + firstRow) * x.Columns, x.Rows * x.Columns));
        }

        private Dictionary<string, float[]> Taken()
        {
            var taken = new Dictionary<string, float[]>(_seen);
            _seen.Clear();
            return taken;
        }

        private static RoutingPass Pass(int[] ids)
        {
            var pass = new RoutingPass { Step = 1, Phase = Phase.Prefill };
            pass.Rows.Reset(ids.Length);
            ids.CopyTo(pass.Rows.TokenId.AsSpan());
            return pass;
        }
    }
}
