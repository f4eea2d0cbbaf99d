#include "cli/prompt/line_editor.h"

#include <histedit.h>
#include <unistd.h>

#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

namespace ticklake::cli {
namespace {

constexpr char kNotShown = '\1';  // around what takes no room in the prompt
constexpr std::string_view kPasteOn = "\x1b[?2004h";
constexpr std::string_view kPasteOff = "\x1b[?2004l";
constexpr std::string_view kClearBelow = "\x1b[J";
constexpr std::wstring_view kPasteEnd = L"\x1b[201~";

void Print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

bool TakesEscapes() {
  const char* terminal = std::getenv("TERM");
  return terminal != nullptr && *terminal != '\0' && std::string_view(terminal) != "dumb";
}

/// The editor must know what the terminal's bytes mean; UTF-8 where the user does not say.
void UseLocale() {
  std::setlocale(LC_CTYPE, "");
  if (MB_CUR_MAX == 1) std::setlocale(LC_CTYPE, "C.UTF-8");
}

}  // namespace

struct LineEditor::Parts {
  LineEditorOptions options;
  EditLine* edit = nullptr;
  ::History* history = nullptr;
  std::string prompt;
  bool interrupted = false;
  const bool escapes = TakesEscapes();

  void Escape(std::string_view sequence) const {
    if (escapes) Print(sequence);
  }

  static Parts& Of(EditLine* edit) {
    void* data = nullptr;
    el_get(edit, EL_CLIENTDATA, &data);
    return *static_cast<Parts*>(data);
  }

  static char* Prompt(EditLine* edit) { return Of(edit).prompt.data(); }

  static unsigned char Interrupt(EditLine* edit, int /*key*/) {
    Of(edit).interrupted = true;
    return CC_EOF;
  }

  /// A Ctrl-D that was typed while a statement ran: the terminal hands it on as a NUL.
  static unsigned char EarlyEnd(EditLine* edit, int /*key*/) {
    const LineInfo* line = el_line(edit);
    return line->buffer == line->lastchar ? CC_EOF : CC_ERROR;
  }

  static unsigned char Suspend(EditLine* edit, int /*key*/) {
    el_set(edit, EL_PREP_TERM, 0);
    std::raise(SIGTSTP);
    el_set(edit, EL_PREP_TERM, 1);
    return CC_REDISPLAY;
  }

  static unsigned char Paste(EditLine* edit, int /*key*/) {
    std::wstring text;
    wchar_t c = 0;
    while (!text.ends_with(kPasteEnd) && el_wgetc(edit, &c) == 1) {
      text += c == L'\r' ? L'\n' : c;
    }
    if (text.ends_with(kPasteEnd)) text.resize(text.size() - kPasteEnd.size());
    std::erase_if(text, [](wchar_t x) { return x < L' ' && x != L'\n' && x != L'\t'; });
    while (text.ends_with(L'\n')) text.pop_back();
    return el_winsertstr(edit, text.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
  }

  static unsigned char Complete(EditLine* edit, int /*key*/) {
    Parts& parts = Of(edit);
    if (!parts.options.complete) return CC_ERROR;
    const LineInfo* line = el_line(edit);
    const std::string_view text(line->buffer, static_cast<size_t>(line->lastchar - line->buffer));
    const auto cursor = static_cast<size_t>(line->cursor - line->buffer);
    const Completion done = parts.options.complete(text, cursor);
    if (!done.choices.empty()) {
      Print("\n");
      parts.Escape(kClearBelow);
      Print(ChoiceTable(done.choices, parts.options.width()));
      el_set(edit, EL_REFRESH);
      return CC_NORM;
    }
    if (done.insert.empty()) return CC_ERROR;
    el_deletestr(edit, static_cast<int>(done.erase));
    return el_insertstr(edit, done.insert.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
  }

  void Bind(const char* key, const char* command) const {
    el_set(edit, EL_BIND, key, command, nullptr);
  }

  void SetUp() {
    el_set(edit, EL_CLIENTDATA, this);
    el_set(edit, EL_SIGNAL, 1);
    el_set(edit, EL_EDITOR, "emacs");
    el_set(edit, EL_PROMPT_ESC, &Parts::Prompt, kNotShown);
    el_set(edit, EL_HIST, &::history, history);
    el_set(edit, EL_ADDFN, "sql-complete", "Completes names and keywords", &Parts::Complete);
    el_set(edit, EL_ADDFN, "sql-paste", "Takes pasted text as it is", &Parts::Paste);
    el_set(edit, EL_ADDFN, "sql-interrupt", "Forgets the statement", &Parts::Interrupt);
    el_set(edit, EL_ADDFN, "sql-early-end", "Ends, if nothing is typed", &Parts::EarlyEnd);
    el_set(edit, EL_ADDFN, "sql-suspend", "Stops until fg", &Parts::Suspend);
    // Ctrl-C and Ctrl-Z are keys while a line is edited, and signals while a query runs.
    el_set(edit, EL_SETTY, "-d", "-isig", nullptr);
    Bind("^I", "sql-complete");
    Bind("\x1b[200~", "sql-paste");
    Bind("^C", "sql-interrupt");
    Bind("^@", "sql-early-end");
    Bind("^Z", "sql-suspend");
    Bind("^R", "em-inc-search-prev");
    Bind("^W", "ed-delete-prev-word");
    Bind("\x1b[3~", "ed-delete-next-char");
    Bind("\x1b[1;5C", "em-next-word");
    Bind("\x1b[1;5D", "ed-prev-word");
    el_source(edit, nullptr);
  }
};

Result<std::unique_ptr<LineEditor>> LineEditor::Open(LineEditorOptions options) {
  UseLocale();
  auto parts = std::make_unique<Parts>();
  parts->options = std::move(options);
  parts->history = history_init();
  parts->edit = el_init("ticklake", stdin, stdout, stderr);
  if (parts->edit == nullptr || parts->history == nullptr) {
    return Fail(Code::kIo,
                "terminal: it cannot be used for editing lines; send the statements to "
                "standard input instead");
  }
  HistEvent event;
  ::history(parts->history, &event, H_SETSIZE, static_cast<int>(parts->options.history_bound));
  auto editor = std::unique_ptr<LineEditor>(new LineEditor(std::move(parts)));
  editor->parts_->SetUp();
  for (const std::string& entry : editor->parts_->options.history) editor->Remember(entry);
  return editor;
}

LineEditor::LineEditor(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

LineEditor::~LineEditor() {
  el_end(parts_->edit);
  history_end(parts_->history);
}

Input LineEditor::Read(std::string_view prompt) {
  Parts& parts = *parts_;
  const std::string mark(1, kNotShown);
  parts.prompt = parts.options.color ? fmt::format("{0}\x1b[1m{0}{1}{0}\x1b[0m{0} ", mark, prompt)
                                     : fmt::format("{} ", prompt);
  parts.interrupted = false;
  int count = 0;
  parts.Escape(kPasteOn);
  const char* line = el_gets(parts.edit, &count);
  parts.Escape(kPasteOff);
  if (parts.interrupted) {
    parts.Escape(kClearBelow);  // what stood behind the cursor
    Print("^C\n");
    return {Input::Kind::kInterrupt, ""};
  }
  if (line == nullptr || count <= 0) {
    Print("\n");
    return {Input::Kind::kEnd, ""};
  }
  std::string text(line);
  while (text.ends_with('\n')) text.pop_back();
  return {Input::Kind::kText, std::move(text)};
}

void LineEditor::Remember(const std::string& entry) {
  HistEvent event;
  ::history(parts_->history, &event, H_ENTER, entry.c_str());
}

}  // namespace ticklake::cli
