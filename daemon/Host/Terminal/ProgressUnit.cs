namespace MoeDevtools.Host.Terminal;

internal enum ProgressUnit
{
    Items,
    Bytes,
}
