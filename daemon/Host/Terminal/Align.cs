namespace MoeDevtools.Host.Terminal;

internal enum Align
{
    Left,
    Right,
}
