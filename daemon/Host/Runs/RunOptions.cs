using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MoeDevtools.Capture;
using MoeDevtools.Capture.Datasets;
using MoeDevtools.Checkpoints.ChatTemplates;
using MoeDevtools.Debugging;
using MoeDevtools.Host.Verbs;
using MoeDevtools.Messages;
using MoeDevtools.Models.Backends;
using MoeDevtools.Models.Sampling;

namespace MoeDevtools.Host.Runs;

/// <summary>The arguments with which every verb that runs a model says what to run: model, input, length, sampling.</summary>
internal sealed class RunOptions
{
    private const int DefaultNewTokens = 24;

    private readonly Argument<string> _model = new("MODEL") { Help = $"folder of a checkpoint, as huggingface_hub leaves it, or a recording" };
    private readonly Option<string?> _prompt = new("--prompt", "-p") { HelpName = "TEXT", Help = $"text to continue" };
    private readonly Option<string?> _promptIds = new("--prompt-ids") { HelpName = "IDS", Help = $"token ids, \"12,7,99\"" };
    private readonly Option<string?> _promptFile = new("--prompt-file") { HelpName = "FILE", Help = $"text to continue, UTF-8" };
    private readonly Option<string?> _messages = new("--messages") { HelpName = "FILE", Help = $"chat messages (JSON), through the model's chat_template" };
    private readonly Option<string?> _dataset = new("--dataset") { HelpName = "FILE", Help = $"JSONL with text or input_ids, optional id and label" };
    private readonly Option<int?> _limit = new("--limit") { HelpName = "N", Help = $"only the first N documents of the dataset" };
    private readonly Option<int?> _maxNewTokens = new("--max-new-tokens", "-n") { HelpName = "N", Help = $"tokens to generate (24; 0 for a dataset)" };
    private readonly Option<long> _seed = new("--seed") { HelpName = "N", Help = $"of the sampling (0)" };
    private readonly Option<double?> _temperature = new("--temperature") { HelpName = "T", Help = $"sample; without any sampling option: greedy" };
    private readonly Option<int?> _topK = new("--top-k") { HelpName = "K", Help = $"sample among the K best" };
    private readonly Option<double?> _topP = new("--top-p") { HelpName = "P", Help = $"sample among the best that reach P" };
    private readonly Option<double?> _minP = new("--min-p") { HelpName = "P", Help = $"drop what is below P times the best" };
    private readonly Option<double?> _penalty = new("--repetition-penalty") { HelpName = "X", Help = $"divide logits of ids so far by X" };
    private readonly Option<bool> _ignoreEos = new("--ignore-eos") { Help = $"go on past the end-of-sequence token" };
    private readonly Option<string> _backend = new("--backend")
    {
        HelpName = "NAME", Help = $"simd, or reference (the slow scalar twin)", DefaultValueFactory = _ => BackendCatalogue.Default,
    };

    private readonly Option<string?> _tokenizer = new("--tokenizer") { HelpName = "FILE", Help = $"tokenizer.json in place of the model's own" };

    /// <summary>Adds all of them to a verb.</summary>
    public void AddTo(Verb verb)
    {
        verb.Add(_model);
        foreach (var option in new Option[]
                 {
                     _prompt, _promptIds, _promptFile, _messages, _dataset, _limit, _maxNewTokens, _seed, _temperature, _topK, _topP, _minP, _penalty, _ignoreEos, _backend,
                     _tokenizer,
                 })
            verb.Add(option);
    }

    /// <summary>Opens the model, or the recording that is given in its place.</summary>
    public IRoutingSource Open(VerbContext context) =>
        File.Exists(context.Get(_model)) ? ReplaySession.Open(context.Get(_model), context.Get(_tokenizer)) : OpenModel(context);

    /// <summary>Adds only those that say which tokens: for a verb that has models of its own and generates nothing.</summary>
    public void AddInputsTo(Verb verb)
    {
        foreach (var option in new Option[] { _prompt, _promptIds, _promptFile, _messages, _dataset, _limit, _backend, _tokenizer }) verb.Add(option);
    }

    /// <summary>Whether one of the inputs is written.</summary>
    public bool HasInput(VerbContext context) => new Option[] { _prompt, _promptIds, _promptFile, _messages, _dataset }.Any(context.Has);

    /// <summary>Opens a model that is not this verb's MODEL.</summary>
    public ModelSession Open(VerbContext context, string folder) => ModelSession.Open(folder, context.Get(_backend)!, context.Get(_tokenizer));

    /// <summary>Opens the model.</summary>
    public ModelSession OpenModel(VerbContext context) =>
        ModelSession.Open(context.Get(_model), context.Get(_backend)!, context.Get(_tokenizer));

    /// <summary>What to run, from the options.</summary>
    /// <exception cref="UserError">No input, several inputs, or one that cannot be read.</exception>
    public RunRequest Request(VerbContext context, IRoutingSource source)
    {
        if (source is not ModelSession session)
        {
            if (InputsAndSampling.FirstOrDefault(context.Has) is { } option)
                throw new UserError("MOE9123", $"{option.Name} is for a model; {source.Name} is a recording, which says what ran.", $"Leave {option.Name} out, or give the folder of a checkpoint.");
            return new RunRequest { Sequences = [] };
        }
        var inputs = new Option[] { _prompt, _promptIds, _promptFile, _messages, _dataset }.Where(context.Has).Select(o => o.Name).ToList();
        if (inputs.Count == 0)
            throw new UserError("MOE9101", $"there is nothing to run.", $"Give one of --prompt, --prompt-ids, --prompt-file, --messages, --dataset.");
        if (inputs.Count > 1)
            throw new UserError("MOE9102", $"{string.Join(" and ", inputs)} contradict each other.", $"Give one of them.");
        var dataset = inputs[0] == _dataset.Name;
        if (context.Get(_limit) is { } limit && (!dataset || limit < 1))
            throw new UserError("MOE9106", $"--limit {limit} has no meaning here.", $"It is a number of documents from 1, and goes with --dataset.");
        var newTokens = context.Get(_maxNewTokens) ?? (dataset ? 0 : DefaultNewTokens);
        if (newTokens < 0)
            throw new UserError("MOE9103", $"--max-new-tokens {newTokens} is below 0.", $"Use 0 or more.");
        return new RunRequest
        {
            Sequences = Sequences(context, session, inputs[0]),
            MaxNewTokens = newTokens,
            Sampling = Sampling(context, session),
            Seed = context.Get(_seed),
            Score = dataset,
            IgnoreEos = context.Get(_ignoreEos),
        };
    }

    private IEnumerable<Option> InputsAndSampling =>
        [_prompt, _promptIds, _promptFile, _messages, _dataset, _limit, _maxNewTokens, _seed, _temperature, _topK, _topP, _minP, _penalty, _ignoreEos, _backend];

    private IReadOnlyList<SequenceInput> Sequences(VerbContext context, ModelSession session, string input)
    {
        if (input == _prompt.Name) return [session.FromText(context.Get(_prompt)!)];
        if (input == _promptFile.Name) return [session.FromText(DatasetReader.ReadText(context.Get(_promptFile)!))];
        if (input == _promptIds.Name) return [new SequenceInput(Ids(context.Get(_promptIds)!))];
        if (input == _messages.Name) return [FromMessages(session, context.Get(_messages)!)];
        var documents = DatasetReader.Read(context.Get(_dataset)!, text => session.FromText(text));
        return context.Get(_limit) is { } limit ? [.. documents.Take(limit)] : documents;
    }

    private static SequenceInput FromMessages(ModelSession session, string path)
    {
        var template = ChatTemplate.Find(session.Checkpoint.Folder)
            ?? throw new UserError("MOE9105", $"{session.Checkpoint.Folder} has no chat_template.", $"Use --prompt: this is not an instruct checkpoint.");
        var messages = ChatMessages.Load(path);
        return session.FromText(template.Render(messages.Messages, messages.Tools, variables: messages.Variables), addSpecialTokens: false);
    }

    private static int[] Ids(string text)
    {
        var parts = text.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return [.. parts.Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id
            : throw new UserError("MOE9104", $"\"{part}\" is not a token id.", $"Write ids with commas between them: 12,7,99."))];
    }

    private SamplingParameters Sampling(VerbContext context, ModelSession session) => new SamplingChoice
    {
        Temperature = context.Get(_temperature), TopK = context.Get(_topK), TopP = context.Get(_topP), MinP = context.Get(_minP), RepetitionPenalty = context.Get(_penalty),
    }.Over(session.Checkpoint.Generation);
}
