namespace MoeDevtools.Numerics.Kernels;

/// <summary>A <see cref="WeightFormat"/> of scales, known when a kernel is compiled.</summary>
internal unsafe interface IScaleFormat
{
    /// <summary>Bytes of one scale.</summary>
    static abstract int Size { get; }

    static abstract float Read(byte* scale);

    readonly struct F32 : IScaleFormat
    {
        public static int Size => sizeof(float);

        public static float Read(byte* scale) => *(float*)scale;
    }

    readonly struct F16 : IScaleFormat
    {
        public static int Size => 2;

        public static float Read(byte* scale) => WeightFormat.F16.Read(scale, 0);
    }

    readonly struct Bf16 : IScaleFormat
    {
        public static int Size => 2;

        public static float Read(byte* scale) => WeightFormat.Bf16.Read(scale, 0);
    }

    readonly struct F8E8M0 : IScaleFormat
    {
        public static int Size => 1;

        public static float Read(byte* scale) => WeightFormats.FromE8M0(*scale);
    }
}
