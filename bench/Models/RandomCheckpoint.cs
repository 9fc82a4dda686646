using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;

namespace MoeDevtools.Bench.Models;

/// <summary>
/// A checkpoint of random weights in a folder of its own below the temporary folder; deleted on <see cref="Dispose"/>.
/// </summary>
internal sealed class RandomCheckpoint : IDisposable
{
    private const int BlockElements = 1 << 20;

    private readonly Dictionary<string, TensorPlace> _tensors = [];

    private RandomCheckpoint(IRandomModel model, string folder) => (Model, Folder) = (model, folder);

    public const int ContextLength = 4096;
    public const double RmsEps = 1e-5;
    public const double RopeTheta = 10000;

    public IRandomModel Model { get; }

    public string Folder { get; }

    public string WeightFile => Path.Combine(Folder, "model.safetensors");

    /// <summary>By name, in <see cref="WeightFile"/>.</summary>
    public IReadOnlyDictionary<string, TensorPlace> Tensors => _tensors;

    public static RandomCheckpoint Write(IRandomModel model, CancellationToken cancelled)
    {
        var made = new RandomCheckpoint(model, Directory.CreateTempSubdirectory("moe-devtools-bench-").FullName);
        try
        {
            var config = model.Config;
            config["hidden_act"] = "silu";
            config["max_position_embeddings"] = ContextLength;
            config["rms_norm_eps"] = RmsEps;
            config["rope_theta"] = RopeTheta;
            config["tie_word_embeddings"] = false;
            config["torch_dtype"] = "bfloat16";
            File.WriteAllText(Path.Combine(made.Folder, "config.json"), config.ToJsonString());
            made.WriteWeights(cancelled);
            return made;
        }
        catch
        {
            made.Dispose();
            throw;
        }
    }

    /// <summary>Random token ids, the same in every run.</summary>
    public int[] Prompt(int tokens)
    {
        var random = new Random(tokens);
        return [.. Enumerable.Range(0, tokens).Select(_ => random.Next(Model.Vocabulary))];
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private void WriteWeights(CancellationToken cancelled)
    {
        var header = new JsonObject();
        var end = 0L;
        foreach (var (name, shape) in Model.Tensors)
        {
            var tensor = new TensorPlace(shape, end, Model.ExpertsIn(name));
            header[name] = new JsonObject
            {
                ["dtype"] = tensor.Experts > 0 ? "I64" : "BF16",
                ["shape"] = new JsonArray([.. shape.Select(d => JsonValue.Create(d))]),
                ["data_offsets"] = new JsonArray(end, end += tensor.Bytes),
            };
            _tensors.Add(name, tensor);
        }
        var text = Encoding.UTF8.GetBytes(header.ToJsonString());
        Array.Resize(ref text, (text.Length + 7) / 8 * 8);
        text.AsSpan(text.AsSpan().LastIndexOf((byte)'}') + 1).Fill((byte)' ');
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)text.Length);
        using var file = File.Create(WeightFile);
        file.Write(length);
        file.Write(text);
        foreach (var name in _tensors.Keys) _tensors[name] = _tensors[name] with { Offset = _tensors[name].Offset + file.Position };
        var block = new ushort[BlockElements];
        var state = 0x9E3779B97F4A7C15UL;
        foreach (var tensor in _tensors.Values)
        {
            if (tensor.Experts > 0)
            {
                file.Write(MemoryMarshal.AsBytes<long>(Table(tensor)));
                continue;
            }
            for (var left = tensor.Elements; left > 0; left -= block.Length)
            {
                cancelled.ThrowIfCancellationRequested();
                var some = block.AsSpan(0, (int)Math.Min(left, block.Length));
                if (tensor.IsVector) some.Fill(0x3F80);    // 1: of a norm, say
                else Fill(some, ref state);
                file.Write(MemoryMarshal.AsBytes(some));
            }
        }
        file.Flush(flushToDisk: true);    // now, and not while something is measured
    }

    /// <summary>In each row neighbours, the first of them anywhere.</summary>
    private static long[] Table(TensorPlace tensor)
    {
        var (random, k) = (new Random(0), tensor.Shape[1]);
        return [.. Enumerable.Range(0, tensor.Shape[0]).Select(_ => random.Next(tensor.Experts)).SelectMany(first => Enumerable.Range(first, k)).Select(e => (long)e % tensor.Experts)];
    }

    /// <summary>bfloat16 values of both signs, 2^-8 to 2^-4: as large as a trained model's weights are.</summary>
    private static void Fill(Span<ushort> values, ref ulong state)
    {
        foreach (ref var value in values)
        {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            var bits = (uint)(state >> 32);
            value = (ushort)((bits & 0x8000) | (119 + (bits >> 16 & 3)) << 7 | (bits & 0x7F));
        }
    }
}
