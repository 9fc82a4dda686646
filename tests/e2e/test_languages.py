"""What the program says is in the language of the locale; what scripts read is not."""
import json
import unittest

from commands import OLMOE, SUM, run
from terminal_session import ROOT, environment

BRACES = ("{", "}")


def bundle(tag):
    return json.loads((ROOT / "l10n" / f"bundle.l10n.{tag}.json").read_text(encoding="utf-8"))


def english_in(said, tag):
    """Sentences without facts that are said as they stand in the source, though the language has another one."""
    words = " ".join(said.split())
    return [key for key, value in bundle(tag).items() if key != value and key.count(" ") > 2 and not any(brace in key for brace in BRACES) and key in words]


class LanguageTests(unittest.TestCase):
    def said(self, locale, *arguments):
        done = run(*arguments, env=environment(LC_ALL=locale, COLUMNS="80"))
        self.assertEqual((0, ""), (done.returncode, done.stderr), arguments)
        return done.stdout

    def test_french_locale_gets_french(self):
        for arguments, part in (
                (("--help",), "verbes"), (("run", "--help"), "dossier d'un checkpoint"), (("inspect", OLMOE), "softmax sur tous, top-4 sur 16, non renormalisé"),
                (("run", OLMOE, "-p", SUM, "-n", "2", "--break", "L2 if entropy < 0.5"), "■ arrêté  entropy < 0.5 (valait 0.288)"), (("demo",), "■ terminé")):
            with self.subTest(arguments):
                said = self.said("fr_FR.UTF-8", *arguments)
                self.assertIn(part, said)
                self.assertEqual([], english_in(said, "fr"))

    def test_lines_of_wide_characters_fit(self):
        for tag, locale in (("ja", "ja_JP.UTF-8"), ("zh-cn", "zh_CN.UTF-8")):
            for arguments in (("run", "--help"), ("inspect", OLMOE), ("run", OLMOE, "-p", SUM, "-n", "2", "--break", "L2 if entropy < 0.5")):
                with self.subTest(locale=locale, arguments=arguments):
                    said = self.said(locale, *arguments)
                    self.assertEqual([], english_in(said, tag))
                    self.assertLessEqual(max(sum(2 if "⺀" <= c <= "￦" else 1 for c in line) for line in said.splitlines()), 80)

    def test_c_locale_and_json_stay_english(self):
        self.assertIn("softmax over all, top-4 of 16, not renormalised", self.said("C", "inspect", OLMOE))
        router, = {json.loads(line)["rule"] for line in self.said("fr_FR.UTF-8", "inspect", OLMOE, "--json").splitlines() if '"router"' in line}
        self.assertEqual("softmax over all, top-4 of 16, not renormalised", router)


if __name__ == "__main__":
    unittest.main()
