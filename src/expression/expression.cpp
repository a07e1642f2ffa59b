#include "expression/expression.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "expression/expression_evaluator.hpp"
#include "expression/expression_parser.hpp"

namespace farm {
namespace {

constexpr std::size_t most_text = 8 << 20;  // room for what `freeze` writes

/// A term of the language that is these bytes.
void append_literal(std::string& out, std::string_view bytes) {
  out += '\'';
  for (const char c : bytes) {
    if (c == '\0') {
      out += "'.\"\\0\".'";  // a NUL would end the text early, see sweep/late.hpp
      continue;
    }
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  out += '\'';
}

std::string literal(std::string_view bytes) {
  std::string out;
  append_literal(out, bytes);
  return bytes.find('\0') == bytes.npos ? out : "(" + out + ")";
}

}  // namespace

Expression::Expression(std::string text, ExpressionTree program)
    : text_(std::move(text)), program_(std::make_unique<const ExpressionTree>(std::move(program))) {}
Expression::Expression(Expression&&) noexcept = default;
Expression& Expression::operator=(Expression&&) noexcept = default;
Expression::~Expression() = default;

Expression Expression::parse(std::string_view text) {
  if (text.size() > most_text) throw ExpressionError("this expression is too long", most_text);
  return {std::string(text), ExpressionParser(text).parse()};
}

ExpressionResult Expression::evaluate(const ExpressionContext& context) const {
  ExpressionEvaluator evaluator(*program_, context);
  evaluator.run();
  return {evaluator.topic().text(), evaluator.skips(), evaluator.quotes()};
}

std::string Expression::value(const ExpressionContext& context) const {
  return ExpressionEvaluator(*program_, context).run().text();
}

double Expression::number(const ExpressionContext& context) const {
  return ExpressionEvaluator(*program_, context).run().number().real();
}

bool Expression::is_true(const ExpressionContext& context) const {
  return ExpressionEvaluator(*program_, context).run().is_true();
}

std::string Expression::freeze(const ExpressionContext& context, bool quote) const {
  // What the job gives comes first; what the text mentions by name is replaced where it stands.
  std::string frozen = "$_=" + literal(context.value) + ';';
  if (program_->uses_arguments) {
    frozen += "my @arg=(undef";
    for (const std::string_view argument : context.arguments) frozen += ',' + literal(argument);
    frozen += ");";
  }
  std::size_t at = 0;
  for (const ExpressionTree::Mention& mention : program_->mentions) {
    const std::string name = text_.substr(mention.begin, mention.end - mention.begin);
    std::string constant;
    if (mention.what == ExpressionTree::Mention::What::seq) {
      constant = fmt::format(" {} ", context.sequence);
    } else if (mention.what == ExpressionTree::Mention::What::total) {
      if (!context.total) throw ExpressionError("the number of jobs is not known here", mention.begin);
      constant = fmt::format(" {} ", *context.total);
    } else {
      const auto found = context.lookup ? context.lookup(name) : std::nullopt;
      if (!found) continue;  // a function after all, or the same complaint later
      constant = literal(*found);
    }
    frozen.append(text_, at, mention.begin - at);
    frozen += constant;
    at = mention.end;
  }
  frozen.append(text_, at);
  if (!quote) frozen += "\n;uq();";  // the text may end in a comment
  return frozen;
}

bool Expression::uses_slot() const { return program_->uses_slot; }
bool Expression::uses_total() const { return program_->uses_total; }

std::vector<Expression::Name> Expression::names() const {
  std::vector<Name> names;
  for (const ExpressionTree::Mention& mention : program_->mentions) {
    std::string name = text_.substr(mention.begin, mention.end - mention.begin);
    if (mention.what != ExpressionTree::Mention::What::name || find_function(name) != nullptr) continue;
    names.push_back({std::move(name), mention.begin});
  }
  return names;
}

}  // namespace farm
