#include <boost/serialization/map.hpp>
#include <boost/serialization/string.hpp>
#include <farm/boost.hpp>
#include <farm/farm.hpp>
#include <iostream>
#include <map>
#include <sstream>

using Counts = std::map<std::string, int>;

Counts count_words(const std::string& text) {
  Counts counts;
  std::istringstream words(text);
  for (std::string word; words >> word;) ++counts[word];
  return counts;
}

Counts merge(Counts a, const Counts& b) {
  for (const auto& [word, count] : b) a[word] += count;
  return a;
}

int main(int argc, char** argv) {
  return farm::main(argc, argv, [](farm::Pool& pool) {
    const std::vector<std::string> lines{"a rose is a rose", "is a rose", "", "a thorn"};
    for (const auto& [word, count] : pool.map_reduce<count_words, merge>(lines).get()) {
      std::cout << word << ' ' << count << '\n';
    }
  });
}
