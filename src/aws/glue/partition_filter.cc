#include "aws/glue/partition_filter.h"

#include <algorithm>

#include "aws/glue/filter_tokens.h"
#include "aws/glue/filter_value.h"
#include "aws/glue/members.h"
#include "base/ascii.h"

namespace ticklake::aws::glue {

constexpr char kNullPartition[] = "__HIVE_DEFAULT_PARTITION__";

enum class FilterOp { kAnd, kOr, kNot, kEqual, kLess, kLessEqual, kIn, kBetween, kLike, kIsNull };

class FilterNode {
 public:
  using Ptr = std::shared_ptr<const FilterNode>;

  FilterOp op = FilterOp::kAnd;
  std::vector<Ptr> parts;  // of and, or, not
  size_t key = 0;          // of conditions
  KeyType type = KeyType::kText;
  std::vector<FilterValue> literals;

  bool Matches(const catalog::PartitionValues& values, std::string& problem) const;

 private:
  bool Compare(const FilterValue& value) const;
};

namespace {

constexpr int kMaxDepth = 64;
constexpr size_t kMaxText = 2048;

// '%' is any text, '_' one character; there is no way to mean them literally, as in Glue.
bool Like(std::string_view text, std::string_view pattern) {
  const auto next = [](std::string_view s, size_t at) {
    for (++at; at < s.size() && (static_cast<uint8_t>(s[at]) & 0xc0) == 0x80;) ++at;
    return at;
  };
  size_t t = 0;
  size_t p = 0;
  size_t star = std::string_view::npos;
  size_t retry = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '%') {
      star = p++;
      retry = t;
    } else if (p < pattern.size() && pattern[p] == '_') {
      t = next(text, t);
      ++p;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++t;
      ++p;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = retry = next(text, retry);
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '%') ++p;
  return p == pattern.size();
}

std::shared_ptr<FilterNode> Join(FilterOp op, std::vector<FilterNode::Ptr> parts) {
  auto node = std::make_shared<FilterNode>();
  node->op = op;
  node->parts = std::move(parts);
  return node;
}

class Parser {
 public:
  Parser(std::string_view text, const std::vector<catalog::Column>& keys)
      : text_(text), keys_(keys), tokens_(FilterTokens(text)) {}

  AwsResult<FilterNode::Ptr> Parse() {
    TL_ASSIGN(FilterNode::Ptr node, Or(0));
    if (!Is(TokenKind::kEnd)) return Unsupported();
    return node;
  }

 private:
  using Node = AwsResult<FilterNode::Ptr>;

  std::unexpected<AwsError> Unsupported() const {
    return AwsFail(400, "InvalidInputException", "Unsupported expression '{}'", text_);
  }

  const FilterToken& Peek(size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  bool Is(TokenKind kind) const { return Peek().kind == kind; }
  bool Accept(TokenKind kind) {
    if (!Is(kind)) return false;
    ++at_;
    return true;
  }
  bool AcceptWord(std::string_view word) {
    if (!Is(TokenKind::kWord) || AsciiLower(Peek().text) != word) return false;
    ++at_;
    return true;
  }
  // AND and OR may stand in parentheses, as Glue has it.
  bool AcceptJoin(std::string_view word) {
    size_t open = 0;
    while (Peek(open).kind == TokenKind::kOpen) ++open;
    if (Peek(open).kind != TokenKind::kWord || AsciiLower(Peek(open).text) != word) return false;
    for (size_t i = 1; i <= open; ++i) {
      if (Peek(open + i).kind != TokenKind::kClose) return false;
    }
    at_ += 2 * open + 1;
    return true;
  }

  Node Or(int depth) {
    TL_ASSIGN(FilterNode::Ptr first, And(depth));
    std::vector<FilterNode::Ptr> parts{std::move(first)};
    while (AcceptJoin("or")) {
      TL_ASSIGN(FilterNode::Ptr part, And(depth));
      parts.push_back(std::move(part));
    }
    if (parts.size() == 1) return parts[0];
    return Join(FilterOp::kOr, std::move(parts));
  }

  Node And(int depth) {
    TL_ASSIGN(FilterNode::Ptr first, Factor(depth));
    std::vector<FilterNode::Ptr> parts{std::move(first)};
    while (AcceptJoin("and")) {
      TL_ASSIGN(FilterNode::Ptr part, Factor(depth));
      parts.push_back(std::move(part));
    }
    if (parts.size() == 1) return parts[0];
    return Join(FilterOp::kAnd, std::move(parts));
  }

  Node Factor(int depth) {
    if (depth > kMaxDepth) return Unsupported();
    if (AcceptWord("not")) {
      TL_ASSIGN(FilterNode::Ptr part, Factor(depth + 1));
      return Join(FilterOp::kNot, {std::move(part)});
    }
    if (!Is(TokenKind::kOpen) || IsWrappedOperand()) return Condition();
    ++at_;
    TL_ASSIGN(FilterNode::Ptr node, Or(depth + 1));
    if (!Accept(TokenKind::kClose)) return Unsupported();
    return node;
  }

  // "((key)) = …" begins with an operand, "((key) = …)" with a condition in parentheses.
  bool IsWrappedOperand() const {
    size_t open = 0;
    while (Peek(open).kind == TokenKind::kOpen) ++open;
    for (size_t i = 1; i <= open; ++i) {
      if (Peek(open + i).kind != TokenKind::kClose) return false;
    }
    return true;
  }

  // One token in any number of parentheses.
  AwsResult<FilterToken> Operand() {
    size_t open = 0;
    for (; Accept(TokenKind::kOpen);) ++open;
    FilterToken token = Peek();
    if (token.kind != TokenKind::kEnd) ++at_;
    for (; open > 0; --open) {
      if (!Accept(TokenKind::kClose)) return Unsupported();
    }
    return token;
  }

  AwsResult<std::string> Literal() {
    TL_ASSIGN(FilterToken token, Operand());
    const bool typed = token.kind == TokenKind::kWord && Is(TokenKind::kText) &&
                       (AsciiLower(token.text) == "date" || AsciiLower(token.text) == "timestamp");
    if (typed) {
      token = Peek();
      ++at_;
    }
    if (token.kind == TokenKind::kText || token.kind == TokenKind::kNumber) return token.text;
    return Unsupported();
  }

  AwsResult<std::shared_ptr<FilterNode>> OfKey(const FilterToken& token) const {
    if (token.kind != TokenKind::kWord) return Unsupported();
    const auto same = [&](const auto& key) {
      return AsciiLower(key.name) == AsciiLower(token.text);
    };
    const auto at = std::ranges::find_if(keys_, same);
    if (at == keys_.end()) {
      return AwsFail(400, "InvalidInputException", "Invalid partition expression!");
    }
    const auto type = KeyTypeOf(at->type);
    if (!type) return AwsFail(400, "InvalidInputException", "Unknown type : '{}'", at->type);
    auto node = std::make_shared<FilterNode>();
    node->key = static_cast<size_t>(at - keys_.begin());
    node->type = *type;
    return node;
  }

  static AwsResult<> AddLiteral(FilterNode& node, const std::string& text) {
    auto value = ParseFilterValue(node.type, text);
    if (!value) return AwsFail(400, "InvalidInputException", "{}", NotOfType(node.type, text));
    node.literals.push_back(std::move(*value));
    return {};
  }

  Node Condition() {
    TL_ASSIGN(const FilterToken left, Operand());
    if (left.kind == TokenKind::kText || left.kind == TokenKind::kNumber) return Reversed(left);
    TL_ASSIGN(std::shared_ptr<FilterNode> node, OfKey(left));
    if (Is(TokenKind::kOperator)) {
      const std::string op = Peek().text;
      ++at_;
      TL_ASSIGN(const std::string literal, Literal());
      TL_TRY(AddLiteral(*node, literal));
      return Comparison(std::move(node), op);
    }
    if (AcceptWord("is")) {
      const bool negated = AcceptWord("not");
      if (!AcceptWord("null")) return Unsupported();
      node->op = FilterOp::kIsNull;
      return Negated(std::move(node), negated);
    }
    const bool negated = AcceptWord("not");
    if (AcceptWord("in")) {
      TL_TRY(InList(*node));
    } else if (AcceptWord("between")) {
      TL_TRY(Between(*node));
    } else if (AcceptWord("like")) {
      TL_TRY(LikeText(*node));
    } else {
      return Unsupported();
    }
    return Negated(std::move(node), negated);
  }

  // LITERAL op KEY
  Node Reversed(const FilterToken& literal) {
    if (!Is(TokenKind::kOperator)) return Unsupported();
    std::string op = Peek().text;
    ++at_;
    TL_ASSIGN(const FilterToken right, Operand());
    TL_ASSIGN(std::shared_ptr<FilterNode> node, OfKey(right));
    TL_TRY(AddLiteral(*node, literal.text));
    if (op[0] == '<' && op != "<>") {
      op[0] = '>';
    } else if (op[0] == '>') {
      op[0] = '<';
    }
    return Comparison(std::move(node), op);
  }

  // Null is in no comparison: "a > 1" is "NOT a <= 1" only where there is a value.
  static Node Comparison(std::shared_ptr<FilterNode> node, const std::string& op) {
    node->op = op == "<" || op == ">="   ? FilterOp::kLess
               : op == "<=" || op == ">" ? FilterOp::kLessEqual
                                         : FilterOp::kEqual;
    return Negated(std::move(node), op == "<>" || op == "!=" || op[0] == '>');
  }

  static Node Negated(std::shared_ptr<FilterNode> node, bool negated) {
    if (!negated) return node;
    if (node->op == FilterOp::kIsNull) return Join(FilterOp::kNot, {std::move(node)});
    auto is_null = std::make_shared<FilterNode>(*node);
    is_null->op = FilterOp::kIsNull;
    is_null->literals.clear();
    return Join(FilterOp::kNot, {Join(FilterOp::kOr, {std::move(is_null), std::move(node)})});
  }

  AwsResult<> InList(FilterNode& node) {
    node.op = FilterOp::kIn;
    if (!Accept(TokenKind::kOpen)) return Unsupported();
    do {
      TL_ASSIGN(const std::string literal, Literal());
      TL_TRY(AddLiteral(node, literal));
    } while (Accept(TokenKind::kComma));
    if (!Accept(TokenKind::kClose)) return Unsupported();
    return {};
  }

  AwsResult<> Between(FilterNode& node) {
    node.op = FilterOp::kBetween;
    TL_ASSIGN(const std::string low, Literal());
    TL_TRY(AddLiteral(node, low));
    if (!AcceptJoin("and")) return Unsupported();
    TL_ASSIGN(const std::string high, Literal());
    return AddLiteral(node, high);
  }

  AwsResult<> LikeText(FilterNode& node) {
    node.op = FilterOp::kLike;
    static constexpr const char* kKinds[] = {"", "Integral", "Decimal", "Date", "Timestamp"};
    if (node.type != KeyType::kText) {
      return AwsFail(400, "InvalidInputException", "{} data type doesn't support operation 'LIKE'",
                     kKinds[static_cast<size_t>(node.type)]);
    }
    TL_ASSIGN(const std::string literal, Literal());
    return AddLiteral(node, literal);
  }

  std::string_view text_;
  const std::vector<catalog::Column>& keys_;
  const std::vector<FilterToken> tokens_;
  size_t at_ = 0;
};

}  // namespace

bool FilterNode::Compare(const FilterValue& value) const {
  switch (op) {
    case FilterOp::kEqual: return value == literals[0];
    case FilterOp::kLess: return value < literals[0];
    case FilterOp::kLessEqual: return value <= literals[0];
    case FilterOp::kIn: return std::ranges::find(literals, value) != literals.end();
    case FilterOp::kBetween: return literals[0] <= value && value <= literals[1];
    case FilterOp::kLike:
      return Like(std::get<std::string>(value), std::get<std::string>(literals[0]));
    default: return false;
  }
}

bool FilterNode::Matches(const catalog::PartitionValues& values, std::string& problem) const {
  const auto matches = [&](const Ptr& part) { return part->Matches(values, problem); };
  if (op == FilterOp::kAnd) return std::ranges::all_of(parts, matches);
  if (op == FilterOp::kOr) return std::ranges::any_of(parts, matches);
  if (op == FilterOp::kNot) return !matches(parts[0]);
  const std::string& text = key < values.size() ? values[key] : kNullPartition;
  const bool null = type != KeyType::kText && text == kNullPartition;
  if (op == FilterOp::kIsNull) return null;
  if (null) return false;
  const auto value = ParseFilterValue(type, text);
  if (value) return Compare(*value);
  if (problem.empty()) problem = NotOfType(type, text);
  return false;
}

AwsResult<PartitionFilter> PartitionFilter::Parse(std::string_view text,
                                                  const std::vector<catalog::Column>& keys) {
  PartitionFilter filter;
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return filter;
  if (text.size() > kMaxText) {
    return AwsFail(400, "InvalidInputException", "Expression: has {} bytes, more than {}",
                   text.size(), kMaxText);
  }
  TL_ASSIGN(filter.node_, Parser(text, keys).Parse());
  return filter;
}

bool PartitionFilter::Matches(const catalog::PartitionValues& values, std::string& problem) const {
  return node_ == nullptr || (node_->Matches(values, problem) && problem.empty());
}

}  // namespace ticklake::aws::glue
