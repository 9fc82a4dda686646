using System.Runtime.InteropServices;
using System.Text;

namespace MoeDevtools.Bench.Models;

/// <summary>
/// A checkpoint once more, as llama.cpp reads it (GGUF version 3): the same bfloat16 bytes, a layer's experts one after the other; norms and
/// routers widened to float32, as llama.cpp's own converter does. Its vocabulary is made up, for only ids go in and come out.
/// </summary>
internal static class GgufFile
{
    private const int Alignment = 32;
    private const int BlockBytes = 8 << 20;

    private enum TensorType : uint
    {
        F32 = 0,
        Bf16 = 30,
    }

    private enum ValueType : uint
    {
        UInt32 = 4,
        Float32 = 6,
        Text = 8,
        List = 9,
    }

    public static void Write(RandomCheckpoint checkpoint, ModelShape shape, string path, CancellationToken cancelled)
    {
        var tensors = TensorsOf(checkpoint, shape).ToList();
        var values = Values(shape).ToList();
        using var file = File.Create(path);
        using var writer = new BinaryWriter(file);
        writer.Write("GGUF"u8);
        writer.Write(3u);
        writer.Write((ulong)tensors.Count);
        writer.Write((ulong)values.Count);
        foreach (var (key, value) in values) WriteValue(writer, key, value);
        var end = 0L;
        foreach (var tensor in tensors)
        {
            WriteText(writer, tensor.Name);
            writer.Write((uint)tensor.Dimensions.Length);
            foreach (var dimension in tensor.Dimensions) writer.Write((ulong)dimension);
            writer.Write((uint)tensor.Type);
            writer.Write((ulong)end);
            end += Aligned(tensor.Bytes);
        }
        using var weights = File.OpenHandle(checkpoint.WeightFile);
        var block = new byte[BlockBytes];
        foreach (var tensor in tensors)
        {
            Pad(writer);
            foreach (var part in tensor.Parts)
            {
                for (var done = 0L; done < part.Bytes; done += block.Length)
                {
                    cancelled.ThrowIfCancellationRequested();
                    var some = block.AsSpan(0, (int)Math.Min(part.Bytes - done, block.Length));
                    if (RandomAccess.Read(weights, some, part.Offset + done) != some.Length) throw new EndOfStreamException(checkpoint.WeightFile);
                    if (tensor.Type == TensorType.Bf16) writer.Write(some);
                    else foreach (var value in MemoryMarshal.Cast<byte, ushort>(some)) writer.Write((uint)value << 16);
                }
            }
        }
        Pad(writer);
        file.Flush(flushToDisk: true);
    }

    private static IEnumerable<(string Key, object Value)> Values(ModelShape shape)
    {
        yield return ("general.architecture", "olmoe");
        yield return ("general.alignment", (uint)Alignment);
        yield return ("general.file_type", 32u);    // mostly bfloat16
        yield return ("olmoe.block_count", (uint)shape.Layers);
        yield return ("olmoe.context_length", (uint)RandomCheckpoint.ContextLength);
        yield return ("olmoe.embedding_length", (uint)shape.Hidden);
        yield return ("olmoe.feed_forward_length", (uint)shape.Ffn);
        yield return ("olmoe.attention.head_count", (uint)shape.Heads);
        yield return ("olmoe.attention.head_count_kv", (uint)shape.Heads);
        yield return ("olmoe.attention.layer_norm_rms_epsilon", (float)RandomCheckpoint.RmsEps);
        yield return ("olmoe.rope.freq_base", (float)RandomCheckpoint.RopeTheta);
        yield return ("olmoe.expert_count", (uint)shape.Experts);
        yield return ("olmoe.expert_used_count", (uint)shape.K);
        yield return ("olmoe.vocab_size", (uint)shape.Vocabulary);
        yield return ("tokenizer.ggml.model", "gpt2");
        yield return ("tokenizer.ggml.pre", "olmo");
        yield return ("tokenizer.ggml.tokens", Enumerable.Range(0, shape.Vocabulary).Select(id => $"<{id}>").ToArray());
        yield return ("tokenizer.ggml.merges", Array.Empty<string>());
    }

    private static IEnumerable<GgufTensor> TensorsOf(RandomCheckpoint checkpoint, ModelShape shape)
    {
        GgufTensor One(string name, string source, TensorType type = TensorType.Bf16) => new(name, type, [checkpoint.Tensors[source]]);
        yield return One("token_embd.weight", "model.embed_tokens.weight");
        for (var layer = 0; layer < shape.Layers; layer++)
        {
            var (to, from) = ($"blk.{layer}", $"model.layers.{layer}");
            yield return One($"{to}.attn_norm.weight", $"{from}.input_layernorm.weight", TensorType.F32);
            yield return One($"{to}.attn_q.weight", $"{from}.self_attn.q_proj.weight");
            yield return One($"{to}.attn_k.weight", $"{from}.self_attn.k_proj.weight");
            yield return One($"{to}.attn_v.weight", $"{from}.self_attn.v_proj.weight");
            yield return One($"{to}.attn_output.weight", $"{from}.self_attn.o_proj.weight");
            yield return One($"{to}.attn_q_norm.weight", $"{from}.self_attn.q_norm.weight", TensorType.F32);
            yield return One($"{to}.attn_k_norm.weight", $"{from}.self_attn.k_norm.weight", TensorType.F32);
            yield return One($"{to}.ffn_norm.weight", $"{from}.post_attention_layernorm.weight", TensorType.F32);
            yield return One($"{to}.ffn_gate_inp.weight", $"{from}.mlp.gate.weight", TensorType.F32);
            foreach (var part in new[] { "gate", "up", "down" })
            {
                var experts = Enumerable.Range(0, shape.Experts)
                    .Select(expert => checkpoint.Tensors[$"{from}.mlp.experts.{expert}.{part}_proj.weight"]);
                yield return new GgufTensor($"{to}.ffn_{part}_exps.weight", TensorType.Bf16, [.. experts]);
            }
        }
        yield return One("output_norm.weight", "model.norm.weight", TensorType.F32);
        yield return One("output.weight", "lm_head.weight");
    }

    private static void WriteValue(BinaryWriter writer, string key, object value)
    {
        WriteText(writer, key);
        switch (value)
        {
            case uint number:
                writer.Write((uint)ValueType.UInt32);
                writer.Write(number);
                break;
            case float number:
                writer.Write((uint)ValueType.Float32);
                writer.Write(number);
                break;
            case string text:
                writer.Write((uint)ValueType.Text);
                WriteText(writer, text);
                break;
            case string[] texts:
                writer.Write((uint)ValueType.List);
                writer.Write((uint)ValueType.Text);
                writer.Write((ulong)texts.Length);
                foreach (var text in texts) WriteText(writer, text);
                break;
        }
    }

    private static void WriteText(BinaryWriter writer, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private static void Pad(BinaryWriter writer)
    {
        var at = writer.BaseStream.Position;
        writer.Write(new byte[Aligned(at) - at]);
    }

    private static long Aligned(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    /// <param name="Parts">One, or a layer's experts.</param>
    private sealed record GgufTensor(string Name, TensorType Type, TensorPlace[] Parts)
    {
        /// <summary>The fastest running one first.</summary>
        public int[] Dimensions => [.. Parts[0].Shape.Reverse(), .. Parts.Length > 1 ? [Parts.Length] : Array.Empty<int>()];

        public long Bytes => Parts.Sum(part => part.Elements) * (Type == TensorType.F32 ? sizeof(float) : sizeof(ushort));
    }
}
