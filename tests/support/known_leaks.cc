// What the leak checker of AddressSanitizer finds in the grammars of others.
#if defined(__SANITIZE_ADDRESS__)

// The scanner of SQL 0.3.11 forgets its last tag, a few bytes, whenever its state is restored, and the text that it has read so far where a
// scan fails.
extern "C" __attribute__((visibility("default"))) const char* __lsan_default_suppressions() {
  return "leak:tree_sitter_sql_external_scanner_deserialize\nleak:^add_char$\n";
}

#endif
