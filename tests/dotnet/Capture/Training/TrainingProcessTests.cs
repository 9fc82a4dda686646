using System.Text;
using MoeDevtools.Capture.Training;
using MoeDevtools.Messages;

namespace MoeDevtools.Tests.Capture.Training;

public sealed class TrainingProcessTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("moe-process-").FullName;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task Start_WithOutput_HandsOverBothStreamsAndTheExitCode()
    {
        using var process = Shell("echo out; echo err >&2; cat; pwd; exit 3");
        Assert.Equal(3, await process.Exited);
        Assert.Equal($"out\n{_folder}\n", _output.ToString());
        Assert.Equal("err\n", _errors.ToString());
    }

    [Fact]
    public async Task Start_PutsTheProbeBeforeWhatTheProgramHas()
    {
        using var process = Shell("echo $PYTHONPATH; echo $MARK$HOME", ("PYTHONPATH", "/own"), ("MARK", "m"), ("HOME", null));
        Assert.Equal(0, await process.Exited);
        var lines = _output.ToString().Split('\n');
        var folders = lines[0].Split(':');
        Assert.True(File.Exists(Path.Combine(folders[0], "sitecustomize.py")), folders[0]);
        Assert.True(Directory.Exists(Path.Combine(folders[1], "inject")), folders[1]);
        Assert.Equal(["/own"], folders[2..]);
        Assert.Equal("m", lines[1]);
    }

    [Fact]
    public async Task Interrupt_IsCtrlC()
    {
        using var process = Shell("trap 'echo caught; exit 7' INT; echo ready; while :; do sleep 0.05; done");
        await _ready.Task;
        process.Interrupt();
        Assert.Equal(7, await process.Exited);
        Assert.Equal("ready\ncaught\n", _output.ToString());
    }

    [Fact]
    public async Task End_OfAProgramThatListens_AsksIt()
    {
        using var process = Shell("echo ready; exec sleep 1000");
        await _ready.Task;
        process.End();
        Assert.Equal(128 + 15, await process.Exited);
    }

    [Fact]
    public async Task End_OfAProgramThatDoesNotListen_KillsItAndItsChildren()
    {
        using var process = Shell("trap '' TERM; sleep 1000 & echo $!; echo ready; while :; do sleep 0.05; done");
        await _ready.Task;
        process.End();
        Assert.Equal(128 + 9, await process.Exited);
        var child = _output.ToString().Split('\n')[0];
        Assert.False(Directory.Exists("/proc/" + child) && File.ReadAllText($"/proc/{child}/stat").Split(' ')[2] != "Z");
    }

    [Theory]
    [InlineData("no-such-command", "MOE5113")]
    [InlineData("./none.sh", "MOE5113")]
    [InlineData("./plain.sh", "MOE5111")]
    [InlineData("./broken", "MOE5112")]
    public void Start_OfWhatCannotRun_SaysWhy(string command, string id)
    {
        File.WriteAllText(Path.Combine(_folder, "plain.sh"), "echo");
        File.WriteAllText(Path.Combine(_folder, "broken"), "#!/no/such/interpreter\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Path.Combine(_folder, "broken"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Assert.Equal(id, Assert.Throws<UserError>(() => TrainingProcess.Start([command], _folder, [])).Id);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private TrainingProcess Shell(string script, params (string, string?)[] environment) => TrainingProcess.Start(["sh", "-c", script], _folder, environment, (text, isError) =>
    {
        lock (_output) (isError ? _errors : _output).Append(text);
        if (text.Contains("ready", StringComparison.Ordinal)) _ready.TrySetResult();
    });
}
