"""The line editor of the debug console, typed into through a pseudo-terminal."""
import pathlib
import stat
import subprocess
import tempfile
import unittest

from terminal_session import PATIENCE, ROOT, TerminalSession, environment

PROJECT = ROOT / "tests" / "line-editor"
PROBE = ROOT / "artifacts" / "bin" / "LineEditorProbe" / "debug" / "MoeDevtools.LineEditorProbe.dll"
PROMPT = r"\(moe\) \x1b\[J"
LEFT, UP, HOME, DELETE, CTRL_LEFT = "\x1b[D", "\x1b[A", "\x1b[H", "\x1b[3~", "\x1b[1;5D"


def setUpModule():
    subprocess.run(["dotnet", "build", str(PROJECT), "-v", "q", "-nologo"], check=True, stdout=subprocess.DEVNULL)


class LineEditorTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.history = pathlib.Path(folder.name) / "state" / "history"
        self.command = ["dotnet", str(PROBE), str(self.history)]

    def session(self, **options):
        session = TerminalSession(self.command, **options)
        self.addCleanup(session.__exit__)
        session.expect(PROMPT)
        return session

    def answered(self, session, line):
        """The program got the line, and the editor waits for the next one (before, the terminal itself would echo and edit)."""
        session.expect(f'got "{line}')
        session.expect(PROMPT)

    def test_edited_line_arrives_as_it_looks(self):
        session = self.session()
        session.type("bXeak" + LEFT * 3 + "\x7f" + LEFT + DELETE + "br" + "\r")
        self.answered(session, "break")
        session.type("one two three" + CTRL_LEFT + "\x17" + HOME + "-\r")
        session.expect('got "-one three"')

    def test_wide_characters_are_deleted_whole(self):
        session = self.session()
        session.type("パン👩‍👩‍👧e\u0301" + "\x7f\x7f" + "\r")
        session.expect('got "パン"')

    def test_history_is_recalled_and_kept_for_the_next_session(self):
        session = self.session()
        for line in ("break first", "print second"):
            session.type(line + "\r")
            self.answered(session, line)
        session.type(UP + UP + "\r")
        self.answered(session, "break first")
        session.type("\x04")
        session.expect("end of input")
        self.assertEqual(0, session.finish()[0])
        self.assertEqual(0o600, stat.S_IMODE(self.history.stat().st_mode))
        self.assertEqual("break first\nprint second\nbreak first\n", self.history.read_text())

        again = self.session()
        again.type("\x12sec\r")
        again.expect('got "print second"')

    def test_tab_completes_then_lists(self):
        session = self.session()
        session.type("br\t")
        session.expect("break")
        session.type("\t")
        session.expect(r"break +breakpoints\r\n")
        session.type("p\t\r")
        session.expect('got "breakpoints·"')

    def test_ctrl_c_drops_the_line_and_the_program_stays(self):
        session = self.session()
        session.type("half a line")
        session.expect("half a line")
        session.interrupt()
        session.expect(r"\^C")
        session.type("whole\r")
        session.expect('got "whole"')

    def test_ctrl_d_on_an_empty_line_ends_and_gives_the_terminal_back(self):
        session = self.session()
        self.assertFalse(session.is_cooked())
        session.type("x\x04\x7f\x04")
        session.expect("end of input")
        self.assertTrue(session.is_cooked())
        self.assertEqual(0, session.finish()[0])

    def test_pasted_lines_are_several_commands_and_controls_in_them_do_nothing(self):
        session = self.session()
        session.type("\x1b[200~first\tone\nsecond\r\nthi\x01rd\x1b[201~")
        session.expect('got "first one"')
        session.expect('got "second"')
        session.expect("third")
        session.type(" end\r")
        session.expect('got "third end"')

    def test_line_longer_than_the_window_scrolls_and_arrives_whole(self):
        session = self.session(columns=40)
        text = "".join(chr(ord("a") + i % 26) for i in range(100))
        session.type(text)
        session.expect("<")
        session.type(HOME + "^\r")
        # The accepted line is shown whole.
        session.expect(r"\^" + text)
        session.expect('got "\\^' + text)

    def test_resized_window_shows_the_line_again(self):
        session = self.session(columns=100)
        session.type("z" * 60)
        session.expect("z" * 60)
        session.resize(50)
        session.expect("<z+")
        session.type("\r")
        session.expect('got "z{60}"')

    def test_sigterm_while_typing_gives_the_terminal_back(self):
        session = self.session()
        session.type("half")
        session.expect("half")
        session.terminate()
        session.expect("cancelled")
        self.assertTrue(session.is_cooked())
        self.assertEqual(143, session.finish()[0])

    def test_dumb_terminal_gets_prompt_and_plain_lines(self):
        session = TerminalSession(self.command, env=environment(TERM="dumb"))
        self.addCleanup(session.__exit__)
        session.expect(r"\(moe\) ")
        self.assertTrue(session.is_cooked())
        session.type("print\r")
        self.assertNotIn("\x1b", session.expect('(?s).*got "print"').group())

    def test_piped_lines_are_read_without_prompt_and_the_last_needs_no_line_break(self):
        done = subprocess.run(self.command, input="one\r\ntwo\n\nthree", text=True, capture_output=True, env=environment(), timeout=PATIENCE)
        self.assertEqual('got "one"\ngot "two"\ngot ""\ngot "three"\nend of input\n', done.stdout)
        self.assertEqual(0, done.returncode)
        self.assertFalse(self.history.exists())

    def test_empty_stdin_ends_at_once(self):
        done = subprocess.run(self.command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment(), timeout=PATIENCE)
        self.assertEqual((0, "end of input\n"), (done.returncode, done.stdout))


if __name__ == "__main__":
    unittest.main()
