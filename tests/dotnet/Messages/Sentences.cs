using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace MoeDevtools.Tests.Messages;

/// <summary>
/// The formats of the FormattableStrings that the built program creates, read from its IL, where conditional, constant and escaped ones all look alike. Not those that are
/// only a way to write <c>FormattableString.Invariant(...)</c>.
/// </summary>
internal static class Sentences
{
    private static readonly Dictionary<short, OpCode> OpCodesByValue = typeof(OpCodes).GetFields()
        .Select(field => field.GetValue(null)).OfType<OpCode>().ToDictionary(code => code.Value);

    /// <param name="folder">Where the program's assemblies lie.</param>
    /// <returns>Each format once, in the order of the stages' names, with the type that says it.</returns>
    public static IReadOnlyDictionary<string, string> In(string folder)
    {
        var sentences = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in Directory.GetFiles(folder, "MoeDevtools.*.dll").Append(Path.Combine(folder, "moe-devtools.dll")).Order(StringComparer.Ordinal))
        {
            if (Path.GetFileName(file) == "MoeDevtools.Tests.dll") continue;
            using var assembly = new PEReader(File.OpenRead(file));
            var metadata = assembly.GetMetadataReader();
            foreach (var method in metadata.MethodDefinitions.Select(metadata.GetMethodDefinition).Where(method => method.RelativeVirtualAddress != 0))
            {
                var code = Read(assembly.GetMethodBody(method.RelativeVirtualAddress).GetILReader());
                foreach (var format in FormatsIn(code, metadata)) sentences.TryAdd(format, TypeOf(method, metadata));
            }
        }
        return sentences;
    }

    /// <summary>A call's format is loaded first and its array of arguments is made next; calls among the arguments nest.</summary>
    private static IEnumerable<string> FormatsIn(IReadOnlyList<Instruction> code, MetadataReader metadata)
    {
        var open = new Stack<string>();
        for (var i = 0; i < code.Count; i++)
        {
            if (code[i].Code == OpCodes.Ldstr && MakesArray(code, i + 1, metadata))
                open.Push(metadata.GetUserString((UserStringHandle)MetadataTokens.Handle(code[i].Token)));
            else if (Called(code[i], metadata) == "FormattableStringFactory.Create")
            {
                var format = open.Pop();
                if (i + 1 == code.Count || Called(code[i + 1], metadata) != "FormattableString.Invariant") yield return format;
            }
        }
    }

    private static bool MakesArray(IReadOnlyList<Instruction> code, int at, MetadataReader metadata) =>
        Called(code[at], metadata) == "Array.Empty" || (code[at].Code.Name!.StartsWith("ldc.i4", StringComparison.Ordinal) && code[at + 1].Code == OpCodes.Newarr);

    /// <summary>"Type.Method" of a call into another assembly; null for any other instruction.</summary>
    private static string? Called(Instruction instruction, MetadataReader metadata)
    {
        if (instruction.Code != OpCodes.Call) return null;
        var handle = MetadataTokens.EntityHandle(instruction.Token);
        if (handle.Kind == HandleKind.MethodSpecification) handle = metadata.GetMethodSpecification((MethodSpecificationHandle)handle).Method;
        if (handle.Kind != HandleKind.MemberReference) return null;
        var member = metadata.GetMemberReference((MemberReferenceHandle)handle);
        return member.Parent.Kind != HandleKind.TypeReference ? null
            : $"{metadata.GetString(metadata.GetTypeReference((TypeReferenceHandle)member.Parent).Name)}.{metadata.GetString(member.Name)}";
    }

    private static string TypeOf(MethodDefinition method, MetadataReader metadata)
    {
        var type = metadata.GetTypeDefinition(method.GetDeclaringType());
        while (type.GetDeclaringType() is { IsNil: false } outer) type = metadata.GetTypeDefinition(outer);
        return $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}";
    }

    private static List<Instruction> Read(BlobReader il)
    {
        var code = new List<Instruction>();
        while (il.RemainingBytes > 0)
        {
            var first = il.ReadByte();
            var opCode = OpCodesByValue[first == 0xFE ? (short)(0xFE00 | il.ReadByte()) : first];
            var token = 0;
            switch (opCode.OperandType)
            {
                case OperandType.InlineNone:
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    il.Offset += 1;
                    break;
                case OperandType.InlineVar:
                    il.Offset += 2;
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    il.Offset += 8;
                    break;
                case OperandType.InlineSwitch:
                    var targets = il.ReadInt32();
                    il.Offset += 4 * targets;
                    break;
                default:
                    token = il.ReadInt32();
                    break;
            }
            code.Add(new Instruction(opCode, token));
        }
        return code;
    }

    private readonly record struct Instruction(OpCode Code, int Token);
}
