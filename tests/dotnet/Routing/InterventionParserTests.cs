using MoeDevtools.Analysis.Policies;
using MoeDevtools.Messages;
using MoeDevtools.Routing;
using MoeDevtools.Routing.Interventions;

namespace MoeDevtools.Tests.Routing;

public sealed class InterventionParserTests
{
    private static readonly InterventionParser Parser = new(PolicyCatalogue.Create);

    [Theory]
    [InlineData("*: mask 6")]
    [InlineData("model.layers.{2,7}.*: mask_renormalised 0,3")]
    [InlineData("* at 3,5-9,20-: remove 1; remove_renormalised 2; k 5")]
    [InlineData("*: force 3,7")]
    [InlineData("*: add_to_logits 1=6,2=-1.5; set_logits 3=1E-05; selection_bias 0=0.25")]
    [InlineData("*: weights 0.5,0.25; scale_weights 0.1")]
    [InlineData("*: policy top_p p=0.8 k_max=8")]
    public void Text_RoundTrips(string text)
    {
        var set = Parser.ParseSet(text);
        Assert.Equal(text, set.ToString());
        Assert.Equal(text, Parser.ParseSet(set.ToString()).ToString());
    }

    [Theory]
    [InlineData(" at 3 : mask 6", "* at 3: mask 6")]
    [InlineData(": mask 6", "*: mask 6")]
    [InlineData("x at 1-1, 4 :mask E6 7;;", "x at 1,4: mask 6,7")]
    [InlineData("x: add_to_logits 1=6 2=7", "x: add_to_logits 1=6,2=7")]
    public void LooseText_IsUnderstood(string text, string meaning) => Assert.Equal(meaning, Parser.ParseSet(text).ToString());

    [Theory]
    [InlineData("mask 6", "MOE3110")]
    [InlineData("* at 9-3: mask 6", "MOE3111")]
    [InlineData("* at -3: mask 6", "MOE3111")]
    [InlineData("* at : mask 6", "MOE3111")]
    [InlineData("*:", "MOE3112")]
    [InlineData("*: ; ;", "MOE3112")]
    [InlineData("*: Mask 6", "MOE3113")]
    [InlineData("*: drop 6", "MOE3113")]
    [InlineData("*: mask 6,6", "MOE3114")]
    [InlineData("*: set_logits 1=2,1=3", "MOE3114")]
    [InlineData("*: policy top_p p=0.5 p=0.6", "MOE3114")]
    [InlineData("*: mask", "MOE3115")]
    [InlineData("*: mask x", "MOE3115")]
    [InlineData("*: mask -1", "MOE3115")]
    [InlineData("*: mask 99999999999", "MOE3115")]
    [InlineData("*: k", "MOE3115")]
    [InlineData("*: k 2.5", "MOE3115")]
    [InlineData("*: scale_weights nan", "MOE3115")]
    [InlineData("*: add_to_logits 1", "MOE3115")]
    [InlineData("*: add_to_logits =1", "MOE3115")]
    [InlineData("*: add_to_logits 1=", "MOE3115")]
    [InlineData("*: weights 1,inf", "MOE3115")]
    [InlineData("*: policy", "MOE3115")]
    [InlineData("*: policy top_p p", "MOE3115")]
    [InlineData("*: policy nucleus p=1", "MOE6010")]
    public void BadText_IsRefusedByName(string text, string id) => Assert.Equal(id, Assert.Throws<UserError>(() => Parser.ParseSet(text)).Id);

    [Theory]
    [InlineData("*: mask 4", "MOE3101")]
    [InlineData("*: set_logits 9=0", "MOE3101")]
    [InlineData("*: k 0", "MOE3102")]
    [InlineData("*: k 5", "MOE3102")]
    [InlineData("*: mask 0,1,2,3", "MOE3103")]
    [InlineData("nowhere: mask 1", "MOE3104")]
    public void WhatARouterCannotDo_IsRefused(string text, string id)
    {
        IReadOnlyList<RouterInfo> routers = [Batches.Router(8, 2), Batches.Router(4, 2, 1)];
        Assert.Equal(id, Assert.Throws<UserError>(() => Parser.ParseSet(text).Check(routers)).Id);
    }

    [Fact]
    public void AnyMutation_IsParsedOrRefused()
    {
        var random = new Random(7);
        string[] seeds = ["* at 3,5-9: mask 6; add_to_logits 1=6", "a: policy top_p p=0.8", "x: weights 0.5,0.5; k 2", "[: set_logits {=}"];
        for (var i = 0; i < 5000; i++)
        {
            var text = seeds[random.Next(seeds.Length)].ToList();
            for (var n = random.Next(1, 5); n > 0 && text.Count > 0; n--)
            {
                var at = random.Next(text.Count);
                if (random.Next(2) == 0) text.RemoveAt(at);
                else text.Insert(at, "*{}[]:;,=-. 09Eaté\0\uD800"[random.Next(19)]);
            }
            try
            {
                var set = Parser.ParseSet(new string([.. text]));
                Assert.Equal(set.ToString(), Parser.ParseSet(set.ToString()).ToString());
            }
            catch (UserError error)
            {
                Assert.Matches("^MOE(31|60)", error.Id);
            }
        }
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(4, false)]
    [InlineData(7, true)]
    [InlineData(1_000_000, true)]
    public void Positions_AreInclusive(int position, bool applies) =>
        Assert.Equal(applies, Parser.ParseSet("* at 3,5-9,20-: mask 6").Positions!.Contains(position));
}
