// A library that is no plugin: it lacks the one export.
extern "C" __attribute__((visibility("default"))) int sw_not_a_plugin();
extern "C" int sw_not_a_plugin() { return 0; }
