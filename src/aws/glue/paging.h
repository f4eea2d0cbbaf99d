// Pages of a list: MaxResults and NextToken.
//
// A token is opaque to clients: the operation and where the next page begins. Threading: pure
// functions.
#pragma once

#include <boost/json.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "aws/glue/members.h"

namespace ticklake::aws::glue {

struct Page {
  std::string_view operation;
  size_t limit = 100;
  std::string after;  ///< the name after which it begins; "" for the first
};

/// Reads MaxResults (1 to `most`, which is also the default) and NextToken, if it is one of that
/// operation.
Page ReadPage(const Members& input, std::string_view operation, size_t most);
/// Puts NextToken, unless the name is "".
void PutNextToken(boost::json::object& answer, const Page& page, const std::string& last);

/// Shows one page of `items` under `member`; they are in the order of what `name_of` gives.
template <class Item, class NameOf, class Show>
boost::json::object ShowPage(std::string_view member, const Page& page,
                             const std::vector<Item>& items, NameOf name_of, Show show) {
  boost::json::object answer;
  boost::json::array shown;
  std::string last;
  std::string next;
  for (const Item& item : items) {
    const std::string name = name_of(item);
    if (!page.after.empty() && name <= page.after) continue;
    if (shown.size() == page.limit) {
      next = last;
      break;
    }
    shown.push_back(show(item));
    last = name;
  }
  answer[member] = std::move(shown);
  PutNextToken(answer, page, next);
  return answer;
}

}  // namespace ticklake::aws::glue
