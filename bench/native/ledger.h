/* What a crowd reads from files and writes down: things to say, moments, latencies. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { BUCKETS = 3200 };

struct blob { uint32_t size; unsigned char *bytes; };

static uint64_t now_ns(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (uint64_t)at.tv_sec * 1000000000u + at.tv_nsec;
}

static void die(const char *why) {
    perror(why);
    exit(1);
}

static void count(long *into, uint64_t ns) { /* buckets 1 % wide, as in bench/measure.py */
    int bucket = ns <= 1000 ? 0 : (int)(log(ns / 1000.0) * 100);
    into[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
}

static struct blob *blobs(const char *path, int *many) {
    FILE *file = fopen(path, "rb");
    if (!file) die(path);
    struct blob *found = NULL;
    uint32_t size;
    for (*many = 0; fread(&size, 4, 1, file) == 1; (*many)++) {
        if (!(*many & 1023)) found = realloc(found, (*many + 1024) * sizeof *found);
        found[*many] = (struct blob){size, malloc(size)};
        if (fread(found[*many].bytes, 1, size, file) != size) die(path);
    }
    fclose(file);
    return found;
}

static void told(const char *name, const long *of) {
    const char *comma = "";
    printf(", \"%s\": {", name);
    for (int n = 0; n < BUCKETS; n++)
        if (of[n]) printf("%s\"%d\": %ld", comma, n, of[n]), comma = ", ";
    printf("}");
}
