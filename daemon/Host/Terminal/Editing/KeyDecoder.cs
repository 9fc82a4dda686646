using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace MoeDevtools.Host.Terminal.Editing;

/// <summary>
/// Bytes of a terminal in raw mode to keys: UTF-8, the escape sequences of xterm, VT and Linux consoles, bracketed paste. Bytes may come in
/// any pieces. Unknown sequences are dropped whole.
/// </summary>
internal sealed class KeyDecoder
{
    private const byte Escape = 0x1B;
    private readonly List<byte> _pending = [];
    private bool _pasting;
    private bool _afterReturn; // in a paste: "\r\n" is one line break

    private static ReadOnlySpan<byte> PasteEnd => "\e[201~"u8;

    /// <summary>True while an Escape waits for what may follow it.</summary>
    public bool IsWaiting => !_pasting && _pending is [Escape, ..];

    public void Feed(ReadOnlySpan<byte> bytes, Queue<Key> keys)
    {
        foreach (byte each in bytes)
        {
            _pending.Add(each);
        }

        var all = CollectionsMarshal.AsSpan(_pending);
        int used = 0;
        while (used < all.Length)
        {
            int length = _pasting ? Pasted(all[used..], keys) : Typed(all[used..], keys);
            if (length == 0)
            {
                break;
            }

            used += length;
        }

        _pending.RemoveRange(0, used);
    }

    /// <summary>Nothing followed the Escape for a moment: it was the key itself.</summary>
    public void Flush(Queue<Key> keys)
    {
        keys.Enqueue(new Key(KeyKind.Leave));
        _pending.Clear();
    }

    // Each returns how many bytes it has used; 0 = more must come.
    private int Typed(ReadOnlySpan<byte> bytes, Queue<Key> keys)
    {
        if (bytes[0] == Escape)
        {
            return Sequence(bytes, keys);
        }

        if (bytes[0] is < 0x20 or 0x7F)
        {
            if (Control(bytes[0]) is { } kind)
            {
                keys.Enqueue(new Key(kind));
            }

            return 1;
        }

        return Text(bytes, keys);
    }

    private int Pasted(ReadOnlySpan<byte> bytes, Queue<Key> keys)
    {
        bool wasReturn = _afterReturn;
        _afterReturn = false;
        switch (bytes[0])
        {
            case Escape when bytes.StartsWith(PasteEnd):
                _pasting = false;
                return PasteEnd.Length;
            case Escape when PasteEnd.StartsWith(bytes):
                return 0;
            case (byte)'\n' when wasReturn:
                return 1;
            case (byte)'\r' or (byte)'\n':
                _afterReturn = bytes[0] == '\r';
                keys.Enqueue(new Key(KeyKind.Enter));
                return 1;
            case (byte)'\t':
                keys.Enqueue(new Key(KeyKind.Text, " "));
                return 1;
            case 0x03: // no paste has a Ctrl-C: its end was lost, and the person wants out
                _pasting = false;
                keys.Enqueue(new Key(KeyKind.Cancel));
                return 1;
            case < 0x20 or 0x7F:
                return 1;
            default:
                return Text(bytes, keys);
        }
    }

    /// <summary>As much text as there is, as one key.</summary>
    private static int Text(ReadOnlySpan<byte> bytes, Queue<Key> keys)
    {
        var text = new StringBuilder();
        int used = 0;
        while (used < bytes.Length && bytes[used] is >= 0x20 and not 0x7F)
        {
            var status = Rune.DecodeFromUtf8(bytes[used..], out var rune, out int length);
            if (status == OperationStatus.NeedMoreData)
            {
                break;
            }

            if (!Rune.IsControl(rune))
            {
                text.Append(rune);
            }

            used += length;
        }

        if (text.Length > 0)
        {
            keys.Enqueue(new Key(KeyKind.Text, text.ToString()));
        }

        return used;
    }

    private static KeyKind? Control(byte code) => code switch
    {
        0x01 => KeyKind.Home,
        0x02 => KeyKind.Left,
        0x03 => KeyKind.Cancel,
        0x04 => KeyKind.DeleteOrEnd,
        0x05 => KeyKind.End,
        0x06 => KeyKind.Right,
        0x07 => KeyKind.Leave,
        0x08 or 0x7F => KeyKind.Backspace,
        0x09 => KeyKind.Tab,
        0x0A or 0x0D => KeyKind.Enter,
        0x0B => KeyKind.KillToEnd,
        0x0C => KeyKind.ClearScreen,
        0x0E => KeyKind.Down,
        0x10 => KeyKind.Up,
        0x12 => KeyKind.Search,
        0x15 => KeyKind.KillToStart,
        0x17 => KeyKind.KillWordLeft,
        0x19 => KeyKind.Yank,
        _ => null,
    };

    private int Sequence(ReadOnlySpan<byte> bytes, Queue<Key> keys)
    {
        if (bytes.Length < 2)
        {
            return 0;
        }

        switch (bytes[1])
        {
            case (byte)'[':
                return ControlSequence(bytes, keys);
            case (byte)'O':
                return bytes.Length < 3 ? 0 : Emit(Cursor(bytes[2], modified: false), 3, keys);
            case (byte)'b':
                return Emit(KeyKind.WordLeft, 2, keys);
            case (byte)'f':
                return Emit(KeyKind.WordRight, 2, keys);
            case (byte)'d':
                return Emit(KeyKind.KillWordRight, 2, keys);
            case 0x7F or 0x08:
                return Emit(KeyKind.KillWordLeft, 2, keys);
            case Escape:
                return Emit(KeyKind.Leave, 1, keys);
            default:
                return 2; // Alt and some other key
        }
    }

    /// <summary><c>ESC [ parameters final</c>, parameters 0x20-0x3F, final 0x40-0x7E.</summary>
    private int ControlSequence(ReadOnlySpan<byte> bytes, Queue<Key> keys)
    {
        int end = 2;
        while (end < bytes.Length && bytes[end] is >= 0x20 and <= 0x3F)
        {
            end++;
        }

        if (end == bytes.Length)
        {
            return 0;
        }

        var parameters = bytes[2..end];
        bool modified = parameters.IndexOf((byte)';') >= 0; // ";5" Ctrl, ";3" Alt
        if (bytes[end] != '~')
        {
            return Emit(Cursor(bytes[end], modified), end + 1, keys);
        }

        int semicolon = parameters.IndexOf((byte)';');
        switch (Encoding.ASCII.GetString(semicolon < 0 ? parameters : parameters[..semicolon]))
        {
            case "200":
                _pasting = true;
                return end + 1;
            case "1" or "7":
                return Emit(KeyKind.Home, end + 1, keys);
            case "4" or "8":
                return Emit(KeyKind.End, end + 1, keys);
            case "3":
                return Emit(modified ? KeyKind.KillWordRight : KeyKind.Delete, end + 1, keys);
            default:
                return end + 1;
        }
    }

    private static KeyKind? Cursor(byte final, bool modified) => final switch
    {
        (byte)'A' => KeyKind.Up,
        (byte)'B' => KeyKind.Down,
        (byte)'C' => modified ? KeyKind.WordRight : KeyKind.Right,
        (byte)'D' => modified ? KeyKind.WordLeft : KeyKind.Left,
        (byte)'H' => KeyKind.Home,
        (byte)'F' => KeyKind.End,
        _ => null,
    };

    private static int Emit(KeyKind? kind, int length, Queue<Key> keys)
    {
        if (kind is { } known)
        {
            keys.Enqueue(new Key(known));
        }

        return length;
    }
}
