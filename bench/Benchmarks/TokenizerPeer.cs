using System.Globalization;
using System.Text;
using MoeDevtools.Bench.Measuring;
using MoeDevtools.Bench.Processes;

namespace MoeDevtools.Bench.Benchmarks;

/// <summary>npm tokenizers with the benchmark's text.</summary>
internal sealed class TokenizerPeer : IDisposable
{
    private readonly PeerProcess _process;
    private readonly string _textFile;

    private TokenizerPeer(PeerProcess process, string textFile) => (_process, _textFile) = (process, textFile);

    /// <summary>Of the text.</summary>
    public int Tokens => (int)Number(_process.Greeting);

    /// <summary>Null where node, or the package in tests/node, is not installed and cannot be.</summary>
    public static TokenizerPeer? Start(string tokenizer, string text)
    {
        var packages = Repository.Path("tests", "node");
        var textFile = Path.GetTempFileName();
        File.WriteAllText(textFile, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        var process = Packages.Npm(packages, "ci")
            ? PeerProcess.Start("node", Repository.Path("bench", "peers", "tokenizers.mjs"), packages, tokenizer, textFile)
            : null;
        if (process is not null) return new TokenizerPeer(process, textFile);
        File.Delete(textFile);
        Report.Note("npm tokenizers, which is not here: Node.js 20 or later, then: npm ci --prefix tests/node");
        return null;
    }

    /// <param name="what"><c>encode</c> or <c>decode</c>.</param>
    public double Seconds(string what) => Number(_process.Ask(what));

    public void Dispose()
    {
        _process.Dispose();
        File.Delete(_textFile);
    }

    private static double Number(string line) => double.Parse(line, CultureInfo.InvariantCulture);
}
