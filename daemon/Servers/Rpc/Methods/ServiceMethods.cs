using System.Text.Json;
using MoeDevtools.Messages;
using MoeDevtools.Servers.Rpc.Protocol;

namespace MoeDevtools.Servers.Rpc.Methods;

/// <summary>The beginning, the end, and what is about other calls.</summary>
/// <param name="cancel">Cancels the call with this id.</param>
/// <param name="begin">Called when the client has shown that it speaks the protocol.</param>
internal sealed class ServiceMethods(RpcOutbox outbox, RpcOptions options, Action<JsonElement> cancel, Action begin)
{
    /// <summary>Grows with every change that a client of the former one would not understand.</summary>
    private const int Protocol = 1;

    private bool _initialized;

    public IEnumerable<RpcMethod> All =>
    [
        new("initialize", Initialize),
        new("shutdown", Shutdown),
        new("$/cancelRequest", Cancel),
    ];

    /// <summary>Whether a method may be called yet.</summary>
    public bool Admits(string method) => _initialized || method == "initialize";

    private void Initialize(Call call)
    {
        if (_initialized) throw new ParameterException("initialize came a second time");
        var (client, version, protocol) = (call.Parameters.Text("client"), call.Parameters.Text("version"), call.Parameters.Whole("protocol"));
        outbox.Translations = Translations.For(call.Parameters.TextIf("locale"));
        if (protocol != Protocol)
            throw new UserError("MOE7071", $"{client} {version} speaks protocol {protocol}, and the daemon (moe-devtools {options.Version}) protocol {Protocol}.", $"Update the older of the two, so that both have the same version.");
        _initialized = true;
        call.Answer(new InitializeResult(options.Version, Protocol, Environment.ProcessId), RpcJson.Default.InitializeResult);
        begin();
    }

    private void Shutdown(Call call)
    {
        call.AnswerNull();
        options.Shutdown();
    }

    private void Cancel(Call call) => cancel(call.Parameters.TokenIf("id") ?? throw new ParameterException("id is missing"));
}
