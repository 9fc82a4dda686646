using System.Text;
using MoeDevtools.Host.Terminal;
using MoeDevtools.Host.Terminal.Editing;

namespace MoeDevtools.Tests.Host.Terminal;

public sealed class EditingTests
{
    private static readonly string[] Words = ["break", "breakpoints", "print"];

    [Theory]
    [InlineData("abc\e[D\e[DX", "aX|bc")]
    [InlineData("abc\x01X\x05Y", "XabcY|")]
    [InlineData("one two\x17", "one |")]
    [InlineData("one two\eb\x0b", "one |")]
    [InlineData("one two\x01\ed", "| two")]
    [InlineData("one two\x15", "|")]
    [InlineData("one two\x17\x01\x19", "two|one ")]
    [InlineData("ab\e[1~\e[3~", "|b")]
    [InlineData("ab\eOD\eOHx", "x|ab")]
    [InlineData("a.b c\e[1;5D\e[1;3D", "a.|b c")]
    [InlineData("パン\x7f", "パ|")]
    [InlineData("e\u0301👩‍👩‍👧\e[D\x7f", "|👩‍👩‍👧")]
    [InlineData("a\e[99;7~\e[Zb", "ab|")]
    [InlineData("\e[200~one\ttwo\x01\e[201~!", "one two!|")]
    public void Keys_Typed_EditTheLine(string keys, string expected)
    {
        // Whole, and byte by byte: a slow line cuts sequences anywhere.
        foreach (int piece in new[] { 1000, 1, 2, 3 })
        {
            var session = Typed(keys, piece, new History(null), out _);
            Assert.Equal(expected, session.Text.Insert(session.Cursor, "|"));
        }
    }

    [Fact]
    public void RandomBytes_InAnyPieces_GiveTheSameKeysAndKeepTheCursorInTheLine()
    {
        var random = new Random(7);
        byte[] alphabet = [.. "\e[O~;0125ABCDHFbdf \t\r\n\x01\x03\x17\x7f"u8, 0xE3, 0x83, 0x91, 0xCC, 0x81, 0xFF];
        for (int round = 0; round < 2000; round++)
        {
            byte[] bytes = [.. Enumerable.Range(0, 40).Select(_ => alphabet[random.Next(alphabet.Length)])];
            var whole = Decode(bytes, bytes.Length);
            var pieces = Decode(bytes, 1);
            Assert.Equal(Joined(whole), Joined(pieces));

            var session = new EditSession(new History(null), (_, _) => CompletionSet.None);
            foreach (var key in whole)
            {
                session.Handle(key);
                Assert.InRange(session.Cursor, 0, session.Text.Length);
                Assert.DoesNotContain(session.Text, char.IsControl);
                var view = LineView.Of("(moe) ", session.Text, session.Cursor, 40, new Glyphs(true));
                Assert.InRange(view.CursorColumn, 0, 39);
                Assert.True(TextWidth.Of(view.Row) <= 40, view.Row);
            }
        }
    }

    [Fact]
    public void History_UpAndDown_KeepsTheLineBegun()
    {
        var history = new History(null);
        history.Add("first");
        history.Add("second");
        Assert.Equal("first", Typed("dra\x10\x10\x10", 99, history, out _).Text);
        Assert.Equal("dra", Typed("dra\x10\x10\e[B\e[B\e[B", 99, history, out _).Text);
    }

    [Fact]
    public void Search_FindsTheNewestThenOlder_AndLeavesAsAsked()
    {
        var history = new History(null);
        foreach (string line in new[] { "break L1", "print x", "break L2" })
        {
            history.Add(line);
        }

        Assert.Equal("break L2", Typed("\u0012bre", 99, history, out _).Text);
        Assert.Equal("break L1", Typed("\u0012bre\x12", 99, history, out _).Text);
        Assert.Equal("break L1!", Typed("\u0012bre\x12\x05!", 99, history, out _).Text);
        Assert.Equal("typed", Typed("typed\u0012bre\a", 99, history, out _).Text);
        Typed("\u0012bre\r", 99, history, out var outcome);
        Assert.Equal(EditOutcome.Accepted, outcome);
    }

    [Fact]
    public void Tab_CompletesAsFarAsItIsSure_ThenLists()
    {
        Assert.Equal("print ", Typed("p\t", 99, new History(null), out _).Text);
        Assert.Equal("break", Typed("b\t", 99, new History(null), out var first).Text);
        Assert.Equal(EditOutcome.Editing, first);
        var session = Typed("b\t\t", 99, new History(null), out var second);
        Assert.Equal(EditOutcome.List, second);
        Assert.Equal(["break", "breakpoints"], session.Listing);
        Assert.Equal("x", Typed("x\t", 99, new History(null), out _).Text);
    }

    [Fact]
    public void Paste_OfLines_IsTextAndEnter()
    {
        var keys = Decode("\e[200~one\r\ntwo\nthr\e[31mee\e[201~"u8.ToArray(), 4);
        Assert.Equal("one<Enter>two<Enter>thr[31mee", Joined(keys));
    }

    [Fact]
    public void History_OfManyLines_IsBoundedInMemoryAndFile()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            string path = Path.Combine(folder, "state", "history");
            var history = new History(path);
            for (int i = 0; i < (2 * History.Limit) + 5; i++)
            {
                history.Add($"line {i}");
                history.Add($"line {i}");
            }

            history.Add(" secret");
            Assert.Equal(History.Limit, history.Lines.Count);
            var again = new History(path);
            Assert.Equal(history.Lines, again.Lines);
            Assert.Equal(History.Limit, File.ReadAllLines(path).Length);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void List_OfCandidates_ReadsDownwardsAndFits()
    {
        string[] names = [.. Enumerable.Range(0, 10).Select(i => $"model.layers.{i}")];
        var rows = LineEditor.InColumns(names, 40, new Glyphs(true));
        Assert.Equal("model.layers.0  model.layers.5", rows[0]);
        Assert.Equal(5, rows.Count);
    }

    private static EditSession Typed(string keys, int piece, History history, out EditOutcome outcome)
    {
        var session = new EditSession(history, (line, cursor) =>
        {
            int start = line.LastIndexOf(' ', Math.Max(0, cursor - 1)) + 1;
            return new CompletionSet(start, [.. Words.Where(word => word.StartsWith(line[start..cursor], StringComparison.Ordinal))]);
        });
        outcome = EditOutcome.Editing;
        foreach (var key in Decode(Encoding.UTF8.GetBytes(keys), piece))
        {
            outcome = session.Handle(key);
        }

        return session;
    }

    private static Queue<Key> Decode(byte[] bytes, int piece)
    {
        var decoder = new KeyDecoder();
        var keys = new Queue<Key>();
        foreach (byte[] part in bytes.Chunk(piece))
        {
            decoder.Feed(part, keys);
        }

        return keys;
    }

    private static string Joined(IEnumerable<Key> keys) => string.Concat(keys.Select(key => key.Kind == KeyKind.Text ? key.Text : $"<{key.Kind}>"));
}
