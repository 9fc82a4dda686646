using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace MoeDevtools.Bench.Benchmarks;

/// <summary>npm tokenizers in a node process (<c>peers/tokenizers.mjs</c>) that clocks itself: one line asks, one line answers.</summary>
internal sealed class TokenizerPeer : IDisposable
{
    private readonly Process _node;
    private readonly string _textFile;

    private TokenizerPeer(Process node, string textFile) => (_node, _textFile) = (node, textFile);

    /// <summary>Of the text.</summary>
    public int Tokens { get; private set; }

    /// <summary>Null where node, or the package in tests/node, is not installed.</summary>
    public static TokenizerPeer? Start(string root, string tokenizer, string text)
    {
        var packages = Path.Combine(root, "tests", "node");
        if (!Directory.Exists(Path.Combine(packages, "node_modules", "tokenizers"))) return null;
        var textFile = Path.GetTempFileName();
        File.WriteAllText(textFile, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        try
        {
            var script = Path.Combine(root, "bench", "peers", "tokenizers.mjs");
            var node = Process.Start(new ProcessStartInfo("node", [script, packages, tokenizer, textFile])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            })!;
            var peer = new TokenizerPeer(node, textFile);
            peer.Tokens = (int)peer.ReadNumber();
            return peer;
        }
        catch (Win32Exception)
        {
            File.Delete(textFile);
            return null;
        }
    }

    /// <param name="what"><c>encode</c> or <c>decode</c>.</param>
    public double Seconds(string what)
    {
        _node.StandardInput.WriteLine(what);
        return ReadNumber();
    }

    public void Dispose()
    {
        _node.StandardInput.Close();
        _node.WaitForExit();
        _node.Dispose();
        File.Delete(_textFile);
    }

    private double ReadNumber()
    {
        var line = _node.StandardOutput.ReadLine() ?? throw new InvalidOperationException("node ended; its error is above");
        return double.Parse(line, CultureInfo.InvariantCulture);
    }
}
