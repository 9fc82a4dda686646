using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MoeDevtools.Servers.Rpc.Protocol;

/// <summary>Writes arrays of numbers as <c>{dtype, shape, base64}</c>: little-endian, C order.</summary>
internal sealed class TensorConverter : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsArray && DtypeOf(typeToConvert.GetElementType()!) is not null;

    public override JsonConverter? CreateConverter(Type typeToConvert, JsonSerializerOptions options) => typeToConvert switch
    {
        _ when typeToConvert == typeof(byte[]) => new Of<byte[]>(),
        _ when typeToConvert == typeof(int[]) => new Of<int[]>(),
        _ when typeToConvert == typeof(int[,]) => new Of<int[,]>(),
        _ when typeToConvert == typeof(long[]) => new Of<long[]>(),
        _ when typeToConvert == typeof(long[,]) => new Of<long[,]>(),
        _ when typeToConvert == typeof(float[]) => new Of<float[]>(),
        _ when typeToConvert == typeof(float[,]) => new Of<float[,]>(),
        _ when typeToConvert == typeof(double[]) => new Of<double[]>(),
        _ when typeToConvert == typeof(double[,]) => new Of<double[,]>(),
        _ => throw new NotSupportedException($"{typeToConvert} is no tensor"),
    };

    private static string? DtypeOf(Type element) => Type.GetTypeCode(element) switch
    {
        TypeCode.Byte => "u8",
        TypeCode.Int32 => "i32",
        TypeCode.Int64 => "i64",
        TypeCode.Single => "f32",
        TypeCode.Double => "f64",
        _ => null,
    };

    private sealed class Of<T> : JsonConverter<T> where T : class
    {
        public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException("tensors are only sent");

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
        {
            var array = (Array)(object)value;
            writer.WriteStartObject();
            writer.WriteString("dtype", DtypeOf(typeof(T).GetElementType()!));
            writer.WriteStartArray("shape");
            for (var i = 0; i < array.Rank; i++) writer.WriteNumberValue(array.GetLength(i));
            writer.WriteEndArray();
            writer.WriteBase64String("base64", BytesOf(array));
            writer.WriteEndObject();
        }

        private static ReadOnlySpan<byte> BytesOf(Array array)
        {
            var size = Buffer.ByteLength(array);
            var bytes = MemoryMarshal.CreateReadOnlySpan(ref MemoryMarshal.GetArrayDataReference(array), size);
            if (BitConverter.IsLittleEndian) return bytes;
            var (swapped, width) = (bytes.ToArray(), array.Length == 0 ? 1 : size / array.Length);
            for (var i = 0; i < size; i += width) swapped.AsSpan(i, width).Reverse();
            return swapped;
        }
    }
}
