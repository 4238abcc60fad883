// The grammar of a language and its compiled query. Within lib/context.
#pragma once

#include "context/language.h"

extern "C" {
typedef struct TSLanguage TSLanguage;
typedef struct TSQuery TSQuery;
}

namespace sw {

// Null when this build has none.
const TSLanguage* grammar_of(const Language& language);

// What queries/<language>.scm says, compiled at its first use and kept until the program ends; from any thread. Null
// without a grammar, without a query, or when the query does not fit the grammar, which a test rules out.
const TSQuery* outline_query(const Language& language);

// What is wrong with the query of a language, "" when nothing is.
std::string outline_query_error(const Language& language);

}  // namespace sw
