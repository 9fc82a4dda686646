using MoeDevtools.Checkpoints.ChatTemplates.Runtime;
using MoeDevtools.Checkpoints.ChatTemplates.Values;

namespace MoeDevtools.Checkpoints.ChatTemplates.Library;

/// <summary>The functions that every template can call.</summary>
internal static class Globals
{
    /// <summary>Jinja's sandbox makes no longer ranges.</summary>
    private const int MaxRange = 100_000;

    public static readonly IReadOnlyDictionary<string, Function> All = new Function[]
    {
        new("range", Range),
        new("dict", (run, call) => Filled(run, "dict", call)),
        new("namespace", NewNamespace),
        new("raise_exception", (run, call) => throw run.Raised(PythonText.Str(run, call.Bind(run, "raise_exception", ["message"])[0]))),
        new("strftime_now", (run, call) => Strftime.Format(run, call.Bind(run, "strftime_now", ["format"]).Text(0))),
    }.ToDictionary(function => function.Name);

    private static object Range(Run run, Call call)
    {
        var given = call.Bind(run, "range", ["start", "stop?", "step?"]);
        var range = given.Has(1)
            ? new Progression(given.Int(0), given.Int(1), given.Int(2, 1))
            : new Progression(0, given.Int(0), 1);
        if (range.Step == 0)
        {
            throw run.Fail("range: the step must not be zero");
        }

        var length = ((System.Numerics.BigInteger)range.Stop - range.Start) / range.Step;
        return length > MaxRange ? throw run.Fail($"a range of more than {MaxRange} numbers") : range;
    }

    private static Namespace NewNamespace(Run run, Call call)
    {
        var result = new Namespace();
        foreach (var (name, value) in Filled(run, "namespace", call).Entries)
        {
            result.Attributes.Entries[name] = value;
        }

        return result;
    }

    private static Mapping Filled(Run run, string name, Call call)
    {
        var result = new Mapping();
        if (call.Positional.Count > 1)
        {
            throw run.Fail($"{name} takes at most one argument besides the named ones");
        }

        foreach (var source in call.Positional)
        {
            foreach (var element in Sequences.Iterate(run, source is Mapping mapping ? new View(mapping, ViewKind.Items) : source))
            {
                var pair = Sequences.ToList(run, element);
                if (pair.Count != 2)
                {
                    throw run.Fail($"{name} needs pairs of a key and a value");
                }

                Put(run, result, pair[0], pair[1]);
            }
        }

        foreach (var (key, value) in call.Named)
        {
            Put(run, result, key, value);
        }

        return result;
    }

    /// <summary>Sets an entry of a mapping that no template has seen yet.</summary>
    public static void Put(Run run, Mapping mapping, object? key, object? value)
    {
        run.Spend(4 * Run.ElementCost);
        if (key is not string && !Numbers.IsNumber(key))
        {
            throw run.Fail($"a key of a dict must be a string or a number here, not {Types.Name(key)}");
        }

        mapping.Entries[key!] = value;
    }
}
