#include <stdio.h>
#include <string.h>

static int count_lines(FILE* file) {
  int c, n = 0;
  while ((c = ) != EOF) {
    if (c == '\n') n++;
  }
  return n;
}

int main(int argc, char** argv) {
  for (int i = 1; i < argc; i++) {
    FILE* file = fopen(argv[i], "r");
    if (file == NULL) {
      
      return 1;
    }
    printf("%d %s\n", count_lines(file), argv[i]);
    fclose(file);
  }
  return 0;
}
