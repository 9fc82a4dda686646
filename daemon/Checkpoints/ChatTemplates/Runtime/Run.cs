using System.Runtime.CompilerServices;
using System.Text;
using MoeDevtools.Checkpoints.ChatTemplates.Syntax;
using MoeDevtools.Checkpoints.ChatTemplates.Values;
using MoeDevtools.Messages;

namespace MoeDevtools.Checkpoints.ChatTemplates.Runtime;

/// <summary>One rendering: its scopes, output, place in the template, and what it may still spend.</summary>
/// <remarks>
/// A template comes with a checkpoint from anywhere, so that it is not trusted: everything that it does costs units, and whoever
/// makes text or elements pays before they are made. Memory is bounded by the same budget as time.
/// </remarks>
internal sealed class Run(string template, Scope scope, TimeProvider clock)
{
    /// <summary>One unit is a step of evaluation or a character that is made or looked through.</summary>
    public const long MaxWork = 50_000_000;

    /// <summary>Characters of the result.</summary>
    public const int MaxOutput = 16 << 20;

    /// <summary>Calls of macros within macros, and of recursive loops.</summary>
    public const int MaxCalls = 128;

    /// <summary>Lists in lists, when they are printed, compared or written as JSON.</summary>
    public const int MaxNesting = 256;

    /// <summary>Units of a list element or dict entry: about its bytes, as a unit of text is two bytes.</summary>
    public const int ElementCost = 16;

    /// <summary>Units of one value that is printed, compared or converted.</summary>
    private const int NodeCost = 8;

    private long left = MaxWork;
    private int calls;
    private StringBuilder output = new();

    public Scope Scope { get; set; } = scope;

    /// <summary>Where the operation that is being done stands; errors name it.</summary>
    public Position At { get; set; } = new(1, 1);

    public TimeProvider Clock { get; } = clock;

    public string Output => output.ToString();

    public void Spend(long units)
    {
        if ((left -= units) < 0)
        {
            throw Limit($"it needs more than {MaxWork} steps, a step being an operation or a character made");
        }
    }

    /// <summary>Before an operation evaluates its operands.</summary>
    public void Descend()
    {
        Spend(1);
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw Limit("the expression is nested too deeply");
        }
    }

    public void CheckNesting(int depth)
    {
        Spend(NodeCost);
        if (depth > MaxNesting)
        {
            throw Limit($"a value is nested more than {MaxNesting} deep");
        }
    }

    public void Write(string text)
    {
        if (output.Length + (long)text.Length > MaxOutput)
        {
            throw Limit($"it writes more than {MaxOutput} characters");
        }

        Spend(text.Length);
        output.Append(text);
    }

    /// <summary>What <paramref name="body"/> writes, as text instead of output.</summary>
    public string Capture(Statement body)
    {
        var outer = output;
        output = new StringBuilder();
        try
        {
            body(this);
            Spend(output.Length);
            return output.ToString();
        }
        finally
        {
            output = outer;
        }
    }

    /// <summary>Runs <paramref name="body"/> with names of its own.</summary>
    public T Within<T>(Scope inner, Func<T> body)
    {
        var outer = Scope;
        Scope = inner;
        try
        {
            return body();
        }
        finally
        {
            Scope = outer;
        }
    }

    public object? Invoke(object? callee, Call call)
    {
        Descend();
        if (callee is Loop { Recurse: { } recurse })
        {
            callee = recurse;
        }

        if (callee is not Function function)
        {
            throw Fail(callee is Undefined missing ? missing.Reason : $"'{Types.Name(callee)}' object is not callable");
        }

        if (++calls > MaxCalls)
        {
            throw Limit($"more than {MaxCalls} calls within calls");
        }

        try
        {
            return function.Invoke(this, call);
        }
        finally
        {
            calls--;
        }
    }

    /// <summary>An operation that Python would refuse too.</summary>
    public UserError Fail(string detail) => TemplateErrors.Evaluation(template, At, detail);

    public UserError Unknown(string kind, string name) => TemplateErrors.Unknown(template, At, kind, name);

    public UserError Raised(string text) => TemplateErrors.Raised(template, At, text);

    private UserError Limit(string detail) => TemplateErrors.Limit(template, At, detail);
}
