// All that a pool can do, in one program for any number of ranks. Says what went wrong, else nothing.
#include <unistd.h>

#include <atomic>
#include <boost/serialization/map.hpp>
#include <boost/serialization/string.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <numeric>
#include <ranges>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "farm/boost.hpp"
#include "farm/farm.hpp"
#include "what_is_thrown.hpp"

namespace {

using namespace std::chrono_literals;
using farm::Pool;
using farm::what_is_thrown;

int failures = 0;

#define SHOULD(condition)                                                          \
  do {                                                                             \
    if (!(condition)) {                                                            \
      std::fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      ++failures;                                                                  \
    }                                                                              \
  } while (false)

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// --- what is called -------------------------------------------------------------------------------------------------

using Field = std::vector<double>;
using Counts = std::map<std::string, int>;

int add(int a, int b) { return a + b; }
std::string join(const std::string& a, std::string_view b) { return a + std::string(b); }
Field field(double value) { return Field(300'000, value); }
Field sum(const Field& a, const Field& b) {
  Field all(a);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] += b.at(i);
  return all;
}
double total(std::span<const double> values) { return std::accumulate(values.begin(), values.end(), 0.0); }
std::unique_ptr<int> box(int value) { return std::make_unique<int>(value); }
int unbox(std::unique_ptr<int> value) { return *value; }
Counts merge(const Counts& a, const Counts& b) {
  Counts all(a);
  for (const auto& [word, count] : b) all[word] += count;
  return all;
}
int odd(int value) {
  if (value % 7 == 3) throw std::domain_error(std::to_string(value));
  return value;
}
int wait_for_stop(std::stop_token stop) {
  while (!stop.stop_requested()) std::this_thread::sleep_for(1ms);
  return 1;
}
int noted(int value, const std::string& file) {
  std::ofstream(file, std::ios::app) << "x";
  return -value;
}

// --- all of it ------------------------------------------------------------------------------------------------------

void calls(Pool& pool) {
  SHOULD(pool.slots() >= 1 || pool.submit<add>(0, 0).get() == 0);
  SHOULD(pool.submit<add>(1, 2).get() == 3);
  SHOULD(pool.submit<[](int value) { return value - 1; }>(5).get() == 4);
  SHOULD(pool.submit<join>("a", "b").get() == "ab");
  SHOULD(pool.submit<unbox>(pool.submit<box>(9)).get() == 9);
  SHOULD(pool.submit<merge>(Counts{{"a", 1}}, Counts{{"a", 2}, {"b", 3}}).get() == (Counts{{"a", 3}, {"b", 3}}));
  const auto first = pool.submit<add>(1, 1);
  SHOULD(first.then<add>(5).get() == 7);
  const auto both = pool.when_all(first, pool.submit<join>("x", "y")).get();
  SHOULD(both == std::tuple(2, std::string("xy")));
  SHOULD(pool.when_all(std::vector{first, first.then<add>(1)}).get() == (std::vector{2, 3}));
  SHOULD(pool.submit<[](const std::vector<int>& all) { return all.size(); }>(std::vector{first, first}).get() == 2);
  pool.after(first).submit<[] {}>().get();
  SHOULD(pool.with({.priority = 3}).submit<add>(2, 2).get() == 4);
  std::vector<farm::Future<int>> many;
  for (int i = 0; i < 3000; ++i) many.push_back(pool.submit<add>(i, 1));
  for (int i = 0; i < 3000; ++i) SHOULD(many[static_cast<std::size_t>(i)].get() == i + 1);
}

void maps(Pool& pool) {
  const auto numbers = std::views::iota(0, 20'000);
  const auto twice = pool.map<[](int value) { return 2 * value; }>(numbers);
  int next = 0;
  for (const auto& item : twice.in_order()) SHOULD(item.value == 2 * next++);
  std::size_t seen = 0;
  for (const auto& item : pool.map<[](int value) { return 3 * value; }>(numbers).as_they_come()) {
    SHOULD(item.value == 3 * static_cast<int>(item.index));
    ++seen;
  }
  SHOULD(seen == 20'000);
  SHOULD(pool.with({.chunk = 100}).map<add>(numbers, numbers).get().back() == 2 * 19'999);
  SHOULD(pool.map<join>(std::vector<std::string>{"a", "b"}, std::vector<std::string>{"c", "d"}).get().back() == "bd");
  SHOULD(pool.submit<[](const std::vector<int>& all) { return all.size(); }>(twice).get() == 20'000);
  SHOULD(pool.reduce<[](int a, int b) { return a + b; }>(numbers).get() == 199'990'000);
  const double sum_once = pool.map_reduce<[](int i) { return 1.0 / (i + 1); }, std::plus<double>{}>(numbers).get();
  const double sum_again = pool.map_reduce<[](int i) { return 1.0 / (i + 1); }, std::plus<double>{}>(numbers).get();
  SHOULD(sum_once == sum_again && sum_once > 10.4 && sum_once < 10.5);
  int taken = 0;
  for (const auto& item : pool.stream<[](int value) { return value + 1; }>(std::views::iota(0), 64)) {
    SHOULD(item == taken + 1);
    if (++taken == 500) break;
  }
}

void values(Pool& pool) {
  const auto shared = pool.broadcast(field(2.0));
  const auto scaled = pool.map<[](const Field& all, double by) { return all.back() * by; }>(
      shared, std::views::iota(0, 200) | std::views::transform([](int i) { return double(i); }));
  SHOULD(scaled.get().at(150) == 300.0);
  std::vector<farm::Future<Field>> fields;
  for (int i = 1; i <= 10; ++i) fields.push_back(pool.submit<field>(double(i)));
  const auto all = pool.reduce<sum>(fields);
  SHOULD(pool.submit<total>(all).get() == 55.0 * 300'000);
  SHOULD(all.get().front() == 55.0);
  const Field lent(200'000, 0.5);
  SHOULD(pool.submit<total>(farm::lend(lent)).get() == 100'000.0);
  Field moved(200'000, 0.25);
  SHOULD(pool.submit<total>(std::move(moved)).get() == 50'000.0);
}

void ends(Pool& pool) {
  const auto bad = pool.map<odd>(std::views::iota(0, 100));
  SHOULD(has(what_is_thrown([&] { bad.get(); }), "element 3 on rank"));
  std::size_t good = 0;
  auto walk = bad.in_order();
  for (auto it = walk.begin(); it != walk.end(); ++it) {
    if (what_is_thrown([&] { static_cast<void>(*it); }).empty()) ++good;
  }
  SHOULD(good == 86);
  SHOULD(has(what_is_thrown([&] { pool.submit<odd>(10).then<add>(1).get(); }), "std::domain_error: 10"));
  auto cancelled = pool.submit<wait_for_stop>();
  cancelled.cancel();
  SHOULD(has(what_is_thrown([&] { cancelled.get(); }), "was cancelled"));
  std::stop_source source;
  const auto stopped = pool.with({.stop = source.get_token()}).submit<wait_for_stop>();
  source.request_stop();
  SHOULD(has(what_is_thrown([&] { stopped.get(); }), "was cancelled"));
  SHOULD(
      has(what_is_thrown([&] { pool.with({.within = 20ms}).submit<wait_for_stop>().get(); }), "was not there in time"));
}

void commands(Pool& pool) {
  const auto result = pool.shell("echo out; echo err >&2; exit 3").get();
  SHOULD(result.out == "out\n" && result.err == "err\n" && result.outcome.code == 3);
  const auto one = pool.make("one", "echo 1");
  const auto two = pool.make("two", "cat {} {1}; echo 2", {one});
  SHOULD(pool.make("three", "cat {2} {1}", {two, one}).get().path == std::filesystem::current_path() / "three");
  std::ifstream three("three");
  SHOULD(std::string(std::istreambuf_iterator<char>(three), {}) == "1\n1\n1\n2\n");
  // Only rank 0 is in this directory.
  const std::vector file(50, (std::filesystem::current_path() / "noted").string());
  for (int round = 0; round < 2; ++round) {
    SHOULD(pool.checkpoint("study").map<noted>(std::views::iota(0, 50), file).get().at(49) == -49);
    SHOULD(pool.checkpoint("study").submit<noted>(100, file.front()).get() == -100);
  }
  SHOULD(std::filesystem::file_size("noted") == 51);
}

void threads(Pool& pool) {
  std::atomic<long> all{0};
  std::vector<std::jthread> users;
  for (int user = 0; user < 4; ++user) {
    users.emplace_back([&] {
      for (int i = 0; i < 300; ++i) all += pool.submit<add>(i, 1).get();
    });
  }
  users.clear();
  SHOULD(all == 4 * (300 * 299 / 2 + 300));
}

}  // namespace

int main(int argc, char** argv) {
  farm::PoolOptions options;
  if (argc > 1 && std::string_view(argv[1]) == "latency") options.haste = farm::Haste::latency;
  if (argc > 1 && std::string_view(argv[1]) == "throughput") options.haste = farm::Haste::throughput;
  std::string directory = (std::filesystem::temp_directory_path() / "farm-api-XXXXXX").string();
  return farm::main(argc, argv, options, [&](Pool& pool) {
    if (::mkdtemp(directory.data()) == nullptr) return 1;
    std::filesystem::current_path(directory);
    calls(pool);
    maps(pool);
    values(pool);
    ends(pool);
    threads(pool);
    commands(pool);
    std::filesystem::remove_all(directory);
    return failures == 0 ? 0 : 1;
  });
}
