#include "query/scanner.h"

#include <algorithm>
#include <cctype>

namespace ticklake::query {
namespace {

bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
// Bytes of non-ASCII characters count as letters, as they do for PostgreSQL.
bool StartsWord(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool InWord(char c) { return StartsWord(c) || IsDigit(c) || c == '$'; }

class Cursor {
 public:
  explicit Cursor(std::string_view sql) : sql_(sql) {}

  std::vector<Token> All() {
    std::vector<Token> tokens;
    while (SkipBlank()) {
      Token token;
      token.begin = at_;
      token.kind = Take();
      token.end = at_;
      tokens.push_back(token);
    }
    return tokens;
  }

  /// After All: what the text ends inside of.
  Open open() const { return open_; }

 private:
  char Peek(size_t ahead = 0) const { return at_ + ahead < sql_.size() ? sql_[at_ + ahead] : '\0'; }
  bool Done() const { return at_ >= sql_.size(); }

  // Goes past white space and comments; false at the end.
  bool SkipBlank() {
    while (!Done()) {
      if (IsSpace(Peek())) {
        ++at_;
      } else if (Peek() == '-' && Peek(1) == '-') {
        at_ = std::min(sql_.find('\n', at_), sql_.size());
      } else if (Peek() == '/' && Peek(1) == '*') {
        SkipBlockComment();
      } else {
        return true;
      }
    }
    return false;
  }

  void SkipBlockComment() {
    int depth = 0;
    do {
      if (Peek() == '/' && Peek(1) == '*') {
        ++depth;
        at_ += 2;
      } else if (Peek() == '*' && Peek(1) == '/') {
        --depth;
        at_ += 2;
      } else {
        ++at_;
      }
    } while (depth > 0 && !Done());
    if (depth > 0) open_ = Open::kComment;
    at_ = std::min(at_, sql_.size());
  }

  TokenKind Take() {
    const char c = Peek();
    if ((c == 'e' || c == 'E') && Peek(1) == '\'') {
      ++at_;
      return TakeQuoted('\'', true, TokenKind::kString);
    }
    if (StartsWord(c)) return TakeWhile(InWord, TokenKind::kWord);
    if (IsDigit(c))
      return TakeWhile([](char d) { return InWord(d) || d == '.'; }, TokenKind::kNumber);
    if (c == '\'') return TakeQuoted('\'', false, TokenKind::kString);
    if (c == '"') return TakeQuoted('"', false, TokenKind::kQuotedName);
    if (c == '$') return TakeDollar();
    ++at_;
    if (c == ';') return TokenKind::kSemicolon;
    return c == '?' ? TokenKind::kParameter : TokenKind::kSymbol;
  }

  template <class Predicate>
  TokenKind TakeWhile(Predicate in, TokenKind kind) {
    while (!Done() && in(Peek())) ++at_;
    return kind;
  }

  TokenKind TakeQuoted(char quote, bool backslashes, TokenKind kind) {
    ++at_;
    while (!Done()) {
      const bool doubled = Peek() == quote && Peek(1) == quote;
      if (doubled || (backslashes && Peek() == '\\')) {
        at_ += 2;
      } else if (Peek() != quote) {
        ++at_;
      } else {
        ++at_;
        return kind;
      }
    }
    at_ = sql_.size();
    open_ = kind == TokenKind::kString ? Open::kString : Open::kQuotedName;
    return kind;
  }

  // $1 and $name are parameters, $$text$$ and $tag$text$tag$ strings.
  TokenKind TakeDollar() {
    size_t end = at_ + 1;
    while (end < sql_.size() && InWord(sql_[end]) && sql_[end] != '$') ++end;
    if (end < sql_.size() && sql_[end] == '$' && !IsDigit(Peek(1))) {
      const std::string_view tag = sql_.substr(at_, end + 1 - at_);
      const size_t close = sql_.find(tag, end + 1);
      if (close == std::string_view::npos) open_ = Open::kString;
      at_ = close == std::string_view::npos ? sql_.size() : close + tag.size();
      return TokenKind::kString;
    }
    at_ = end;
    return TokenKind::kParameter;
  }

  std::string_view sql_;
  size_t at_ = 0;
  Open open_ = Open::kNothing;
};

}  // namespace

std::vector<Token> Scan(std::string_view sql, Open* open) {
  Cursor cursor(sql);
  std::vector<Token> tokens = cursor.All();
  if (open != nullptr) *open = cursor.open();
  return tokens;
}

std::string Spelling(std::string_view sql, const Token& token) {
  std::string text(sql.substr(token.begin, token.end - token.begin));
  if (token.kind != TokenKind::kWord) return text;
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

std::string NameOf(std::string_view sql, const Token& token) {
  std::string text(sql.substr(token.begin, token.end - token.begin));
  if (token.kind == TokenKind::kQuotedName) {
    std::string name;
    for (size_t i = 1; i + 1 < text.size(); ++i) {
      name += text[i];
      if (text[i] == '"') ++i;
    }
    text = name;
  }
  std::ranges::transform(text, text.begin(), [](unsigned char c) {
    return static_cast<char>(c < 0x80 ? std::tolower(c) : c);
  });
  return text;
}

}  // namespace ticklake::query
