using System.Globalization;
using System.Text;
using MoeDevtools.Breakpoints;
using MoeDevtools.Capture;
using MoeDevtools.Debugging;
using MoeDevtools.Servers.Dap.Protocol;

namespace MoeDevtools.Servers.Dap;

/// <summary>
/// Output of a session, at most ten times a second: generated text is joined, and of the messages of one log breakpoint the first <see cref="LinesAtOnce"/> in a tenth of a second
/// are sent; the rest are counted ("+4,812 similar"). Any thread.
/// </summary>
internal sealed class OutputPump : IDisposable
{
    public const int LinesAtOnce = 20;

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();      // guards all fields
    private readonly Outbox _outbox;
    private readonly ITimer _timer;
    private readonly StringBuilder _text = new();
    private readonly Dictionary<int, (int Sent, long Left)> _lines = [];
    private bool _waiting;

    public OutputPump(Outbox outbox, TimeProvider time)
    {
        _outbox = outbox;
        _timer = time.CreateTimer(_ => Flush(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>What the model writes.</summary>
    public void Text(string text)
    {
        lock (_gate)
        {
            _text.Append(text);
            if (_text.Length > 4096) SendText();
            Wait();
        }
    }

    /// <summary>A message of a log breakpoint.</summary>
    public void Log(LogLine line, SourceMap sources, ClientTraits traits)
    {
        lock (_gate)
        {
            var (sent, left) = _lines.GetValueOrDefault(line.Breakpoint.Id);
            if (sent >= LinesAtOnce) left++;
            else
            {
                SendText();
                var (path, at) = sources.PlaceOf(line.Router);
                _outbox.Event("output", new OutputBody("console", line.Text + "\n") { Source = traits.Source(path), Line = traits.Line(at) }, DapJson.Default.OutputBody);
                sent++;
            }
            _lines[line.Breakpoint.Id] = (sent, left);
            Wait();
        }
    }

    /// <summary>A line of the adapter itself.</summary>
    /// <param name="category"><c>console</c>, <c>important</c>, <c>stdout</c> or <c>stderr</c>.</param>
    public void Line(string category, string line)
    {
        lock (_gate)
        {
            SendText();
            _outbox.Event("output", new OutputBody(category, line + "\n"), DapJson.Default.OutputBody);
        }
    }

    /// <summary>Sends what waits: before a stop, at the end, and by the clock.</summary>
    public void Flush()
    {
        lock (_gate)
        {
            SendText();
            foreach (var (_, left) in _lines.Values)
                if (left > 0) _outbox.Event("output", new OutputBody("console", string.Create(CultureInfo.InvariantCulture, $"+{left:N0} similar\n")), DapJson.Default.OutputBody);
            _lines.Clear();
            _waiting = false;
        }
    }

    public void Dispose() => _timer.Dispose();

    private void SendText()
    {
        if (_text.Length == 0) return;
        _outbox.Event("output", new OutputBody("stdout", _text.ToString()), DapJson.Default.OutputBody);
        _text.Clear();
    }

    private void Wait()
    {
        if (_waiting) return;
        _waiting = true;
        _timer.Change(Pace, Timeout.InfiniteTimeSpan);
    }
}
