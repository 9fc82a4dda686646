namespace MoeDevtools.Checkpoints.ChatTemplates.Values;

internal enum ViewKind
{
    Keys,
    Values,
    Items,
}
