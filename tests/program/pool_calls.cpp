// A program that uses the pool, for pool_test.py: what it does is its first argument.
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <numeric>
#include <ranges>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <thread>

#include "farm/farm.hpp"

namespace {

using farm::Pool;

int where() { return value(farm::this_rank()); }
long square(long value) { return value * value; }

std::vector<double> scaled(std::vector<double> values, double by) {
  for (double& value : values) value *= by;
  return values;
}

// Its first call with 13 takes the process down, in whichever way the program was asked for.
long square_once_deadly(long value, const std::string& mark, int signal) {
  if (value == 13 && std::rename(mark.c_str(), (mark + ".gone").c_str()) == 0) ::raise(signal);
  return value * value;
}

long deadly(long value) {
  ::raise(SIGSEGV);
  return value;
}

void linger(const std::string& mark) {
  std::ofstream(mark) << ::getpid() << '\n';
  std::this_thread::sleep_for(std::chrono::hours(1));
}

int count(Pool& pool) {
  const auto squares = pool.map<square>(std::views::iota(0L, 100'000L)).get();
  std::printf("sum %ld\n", std::accumulate(squares.begin(), squares.end(), 0L));
  const auto big = pool.submit<scaled>(pool.submit<scaled>(std::vector<double>(500'000, 1.0), 3.0), 0.5).get();
  std::printf("big %zu %.1f\n", big.size(), big.at(499'999));
  std::set<int> ranks;
  for (const int rank : pool.with({.chunk = 1})
                            .map<[](int) {
                              std::this_thread::sleep_for(std::chrono::milliseconds(5));
                              return where();
                            }>(std::views::iota(0, 40))
                            .get()) {
    ranks.insert(rank);
  }
  for (const int rank : ranks) std::printf("rank %d\n", rank);
  return 0;
}

int survive(Pool& pool, const std::string& mark, int signal) {
  std::ofstream(mark).put('x');
  const auto marked = [&](auto) { return mark; };
  const auto signals = [&](auto) { return signal; };
  const auto range = std::views::iota(0L, 1000L);
  const auto squares =
      pool.map<square_once_deadly>(range, range | std::views::transform(marked), range | std::views::transform(signals))
          .get();
  std::printf("sum %ld\n", std::accumulate(squares.begin(), squares.end(), 0L));
  return ::access(mark.c_str(), F_OK) == 0 ? 9 : 0;
}

int poison(Pool& pool) {
  const auto bad = pool.submit<deadly>(1);
  try {
    bad.get();
  } catch (const farm::TaskError& error) {
    std::printf("%s\n", error.what());
  }
  std::printf("then %ld\n", pool.submit<square>(4).get());
  return 0;
}

using Field = std::vector<double>;

Field made(double value) { return Field(300'000, value); }
Field sum_of(const Field& one, const Field& other) {
  Field sum(one);
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += other.at(i);
  return sum;
}

// Results that stay on their ranks and a broadcast, of which the rank that a mark asks for goes away in the middle.
int values(Pool& pool, int deadly) {
  const auto all = pool.broadcast(made(1.0));
  const auto parts = pool.map<[](const Field& ones, double by) { return ones.back() * by; }>(
      all, std::views::iota(1, 101) | std::views::transform([](int i) { return double(i); }));
  std::vector<farm::Future<Field>> fields;
  for (int i = 1; i <= 12; ++i) fields.push_back(pool.submit<made>(double(i)));
  for (auto& field : fields) field.wait();
  if (deadly > 0) {
    const auto victim = pool.submit<[](const Field&, int signal) {
      // The first who does this: others find the mark.
      if (std::rename("mark", "mark.gone") == 0) ::raise(signal);
      return 1;
    }>(fields.front(), deadly);
    victim.get();
  }
  const auto sum = pool.reduce<sum_of>(fields);
  const auto twice = pool.submit<sum_of>(sum, sum);
  const auto results = parts.get();
  std::printf("parts %.0f\n", std::accumulate(results.begin(), results.end(), 0.0));
  std::printf("sum %.0f\n", pool.submit<[](std::span<const double> field) { return field.back(); }>(sum).get());
  std::printf("twice %.0f of %zu\n", twice.get().front(), twice.get().size());
  return 0;
}

int leave_behind(Pool& pool, const std::string& mark) {
  pool.submit<linger>(mark);
  while (::access(mark.c_str(), F_OK) != 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  return 3;
}

// Takes most of the time it is given to stop.
void tidy_up(std::stop_token stop, const std::string& mark) {
  std::ofstream(mark).put('x');
  while (!stop.stop_requested()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  std::this_thread::sleep_for(std::chrono::milliseconds(750));
  std::ofstream(mark + ".tidy").put('x');
}

int leave_untidy(Pool& pool, const std::string& mark) {
  pool.submit<tidy_up>(mark);
  while (::access(mark.c_str(), F_OK) != 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  return 0;
}

// Its input is locked, as it is while somebody reads it.
int wait_for_input(const std::string& mark) {
  std::printf("buffered\n");
  ::flockfile(stdin);
  std::ofstream(mark).put('x');
  std::this_thread::sleep_for(std::chrono::hours(1));
  return 0;
}

int wait_for_ever(Pool& pool, const std::string& mark) {
  pool.submit<linger>(mark).get();
  return 0;
}

int wait_for_command(Pool& pool, const std::string& mark) {
  pool.shell("echo $$ > " + mark + "; exec sleep 1000").get();
  return 0;
}

// How commands end and what they print, one line for each.
int run_commands(Pool& pool) {
  const auto show = [](const char* name, const farm::CommandResult& result) {
    std::printf("%s: %s %d, out %zu %.20s, err %zu%s\n", name, farm::cause_name(result.outcome.cause),
                result.outcome.code, result.out.size(), result.out.c_str(), result.err.size(),
                result.is_cut ? ", cut" : "");
  };
  const auto hello = pool.shell("printf hello");
  const auto again = pool.shell(
      pool.submit<[](const farm::CommandResult& before) { return "printf '%s again' " + before.out; }>(hello));
  show("hello", hello.get());
  show("again", again.get());
  show("code", pool.shell("echo oh >&2; exit 3").get());
  show("signal", pool.shell("kill -9 $$").get());
  show("missing", pool.shell("/there/is/no/such/program").get());
  show("late", pool.shell("sleep 1000", {.timeout = std::chrono::milliseconds(200)}).get());
  show("big", pool.shell("seq 1000000 | tee /dev/stderr").get());
  show("too big", pool.shell("seq 1000000", {.most_output = 1000}).get());
  show("there", pool.shell("printf \"$PWD $X\"", {.cwd = "/", .env = {{"X", "y"}}}).get());
  show("attempt", pool.shell("printf $FARM_ATTEMPT; cat", {.cwd = "etc", .stdin_file = "in"}).get());
  std::vector<farm::Future<farm::CommandResult>> many;
  for (int i = 0; i < 200; ++i) many.push_back(pool.shell("exit " + std::to_string(i % 2)));
  int failed = 0;
  for (const auto& result : pool.when_all(many).get()) failed += succeeded(result.outcome) ? 0 : 1;
  std::printf("many: %d failed\n", failed);
  return 0;
}

// Files made of files, and what becomes of those whose beginnings fail.
int make_files(Pool& pool) {
  const auto one = pool.make("one", "echo 1");
  const auto two = pool.make("two", "sleep 0.1; echo 2");
  const auto both = pool.make("both", "cat {2} {1}; echo {}", {one, two});
  std::printf("%s\n", both.get().path.c_str());
  const auto show = [](const char* name, const farm::Future<farm::File>& file) {
    try {
      file.get();
      std::printf("%s was made\n", name);
    } catch (const farm::TaskError& error) {
      std::printf("%s: %s\n", name, error.failure().text.c_str());
    }
  };
  const auto bad = pool.make("bad", "echo half; echo why >&2; exit 4");
  show("bad", bad);
  show("worse", pool.make("worse", "cat {1}", {bad}));
  show("third", pool.make("third", "cat {3}", {one}));
  try {
    pool.file("nowhere");
  } catch (const std::exception& error) {
    std::printf("%s\n", error.what());
  }
  return 0;
}

// A command that says where it runs and waits until it may go on.
int one_command(Pool& pool) {
  const auto result = pool.shell(
                              "echo $FARM_ATTEMPT > attempt; echo $FARM_RANK > new; mv new rank; until [ -e go ]; do "
                              "sleep 0.02; done; echo gone on")
                          .get();
  std::printf("%s", result.out.c_str());
  return 0;
}

// A command that is cancelled, and one that the pool leaves behind; both write their process ids first.
int cancel_commands(Pool& pool, const std::string& mark) {
  auto cancelled = pool.shell("echo $$ > " + mark + "; exec sleep 1000");
  while (::access(mark.c_str(), F_OK) != 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  cancelled.cancel();
  std::printf("%d\n", pool.submit<[](int value) { return value + 1; }>(41).get());
  pool.shell("echo $$ > " + mark + ".2; exec sleep 1000");
  while (::access((mark + ".2").c_str(), F_OK) != 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  farm::PoolOptions options;
  options.crash_limit = 2;
  options.heartbeat = std::chrono::seconds(std::getenv("HEARTBEAT") != nullptr ? 1 : 3);
  return farm::main(argc, argv, options, [&](Pool& pool) {
    const std::string what = argc > 1 ? argv[1] : "";
    if (what == "count") return count(pool);
    if (what == "values") return values(pool, argc > 2 ? std::atoi(argv[2]) : 0);
    if (what == "survive") return survive(pool, argv[2], std::atoi(argv[3]));
    if (what == "commands") return run_commands(pool);
    if (what == "make_files") return make_files(pool);
    if (what == "one_command") return one_command(pool);
    if (what == "cancel_commands") return cancel_commands(pool, argv[2]);
    if (what == "poison") return poison(pool);
    if (what == "leave_behind") return leave_behind(pool, argv[2]);
    if (what == "leave_untidy") return leave_untidy(pool, argv[2]);
    if (what == "wait_for_input") return wait_for_input(argv[2]);
    if (what == "wait_for_ever") return wait_for_ever(pool, argv[2]);
    if (what == "wait_for_command") return wait_for_command(pool, argv[2]);
    if (what == "throw") throw std::runtime_error("the program has had enough");
    if (what == "wrong") pool.submit<[] { throw std::out_of_range("far out"); }>().get();
    return 7;
  });
}
