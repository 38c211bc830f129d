/* A crowd of phones on one server: viewers that count what they hear, speakers that say it at its time.
 *
 * Orders are JSON lines on stdin, each answered by one on stdout:
 *   {"open": [port, speaks, counts, want, rcvbuf], "file": "F"}   connects; each waits for `want` messages
 *   {"say": [count, gap_ns, expect, one_by_one, within_ns], "file": "F"}   says, and waits for what is heard
 *   {"trickle": [bytes, every_ms, stay_ms]}   viewers read no more than that from now on; after
 *       `stay_ms`, or up to twice that, they come back, as they do when they are sent away
 *   {"look": []}   how many are there
 *   {"leave": []}   viewers go
 * A file holds [u32 size][bytes] for each socket, or for each thing to say: as they go over the wire.
 * Sixteen '@' stand for the intended moment, in hex; "~t" stands before them. What is heard with a "~t" is
 * late by now - that moment.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "ledger.h"

enum { SOCKETS = 65536, OPENING = 128, EVENTS = 512, ROOM = 1 << 20, STAMP = 16 };
enum state { GONE, HEAD, GREETING, STANDING };

struct phone {
    int fd, port, speaks, counts, rcvbuf;
    enum state state;
    uint32_t seen, want, held;
    unsigned char *part; /* of a frame */
    struct blob first;
    uint64_t again_ns, since_ns;
};

static struct phone phones[SOCKETS];
static int total, speakers[SOCKETS], speaking, opening, wakes, alarm_fd, slow_bytes, orders_wait;
static uint64_t slow_every_ns, slow_stay_ns, slow_at_ns, slow_read, since_ns;
static long frames, marked, closed, came_back, bytes_in, late_buckets[BUCKETS], buckets[BUCKETS];
static unsigned char room[ROOM];
static size_t hint;

static void lost(struct phone *phone) {
    if (phone->state == HEAD || phone->state == GREETING) opening--;
    close(phone->fd);
    free(phone->part);
    phone->part = NULL, phone->held = phone->seen = 0;
    phone->state = GONE;
    phone->again_ns = now_ns() + 1000000000u;
    closed++;
}

static void call(struct phone *phone) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(phone->port)};
    int yes = 1;
    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    if ((phone->fd = socket(AF_INET, SOCK_STREAM, 0)) < 0) die("socket");
    if (phone->rcvbuf) setsockopt(phone->fd, SOL_SOCKET, SO_RCVBUF, &phone->rcvbuf, sizeof phone->rcvbuf);
    setsockopt(phone->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    phone->state = HEAD, opening++;
    if (connect(phone->fd, (struct sockaddr *)&to, sizeof to) < 0) {
        lost(phone);
        return;
    }
    fcntl(phone->fd, F_SETFL, O_NONBLOCK);
    if (send(phone->fd, phone->first.bytes, phone->first.size, MSG_NOSIGNAL) != (ssize_t)phone->first.size) {
        lost(phone);
        return;
    }
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = phone - phones};
    epoll_ctl(wakes, EPOLL_CTL_ADD, phone->fd, &event);
}

static void stands(struct phone *phone) {
    phone->state = STANDING, phone->since_ns = now_ns(), opening--;
    if (slow_bytes && !phone->speaks) epoll_ctl(wakes, EPOLL_CTL_DEL, phone->fd, NULL);
}

static void heard(struct phone *phone, unsigned char *data, size_t size, uint64_t now) {
    char hex[STAMP + 1] = "";
    frames++, phone->seen++;
    if (phone->state == GREETING && phone->seen >= phone->want) stands(phone);
    if (!phone->counts) return;
    unsigned char *mark = data + hint;
    if (hint + 2 + STAMP > size || mark[0] != '~' || mark[1] != 't') mark = memmem(data, size, "~t", 2);
    if (!mark || mark + 2 + STAMP > data + size) return;
    hint = mark - data;
    memcpy(hex, mark + 2, STAMP);
    uint64_t intended = strtoull(hex, NULL, 16);
    if (intended < since_ns) return; /* of an order before this one */
    marked++;
    count(buckets, now > intended ? now - intended : 0);
}

/* How many bytes the next frame has; 0: it is not whole yet. */
static size_t frame(struct phone *phone, unsigned char *at, size_t size, uint64_t now) {
    if (size < 2) return 0;
    size_t length = at[1] & 127, head = 2;
    if (length == 126) {
        if (size < 4) return 0;
        length = at[2] << 8 | at[3], head = 4;
    } else if (length == 127) {
        if (size < 10) return 0;
        length = (size_t)at[6] << 24 | at[7] << 16 | at[8] << 8 | at[9], head = 10;
    }
    if (at[1] & 128) head += 4; /* an echo of our own: masked with zeros */
    if (size < head + length) return 0;
    int opcode = at[0] & 15;
    if (opcode == 9 && length < 126) {
        unsigned char pong[6 + 125] = {0x8a, 0x80 | length};
        memcpy(pong + 6, at + head, length);
        send(phone->fd, pong, 6 + length, MSG_DONTWAIT | MSG_NOSIGNAL);
    } else if (opcode < 8)
        heard(phone, at + head, length, now);
    return head + length;
}

static void hear(struct phone *phone) {
    size_t size = phone->held, at = 0, used;
    if (size) memcpy(room, phone->part, size);
    ssize_t got = recv(phone->fd, room + size, ROOM - size, MSG_DONTWAIT);
    if (got <= 0) {
        if (got == 0 || (errno != EAGAIN && errno != EINTR)) lost(phone);
        return;
    }
    uint64_t now = now_ns();
    size += got, bytes_in += got;
    if (phone->state == HEAD) {
        unsigned char *end = memmem(room, size, "\r\n\r\n", 4);
        if (end) {
            at = end + 4 - room;
            phone->state = GREETING;
            if (!phone->want) stands(phone);
        }
    }
    if (phone->state != HEAD)
        while (at < size && (used = frame(phone, room + at, size - at, now))) at += used;
    phone->held = size - at;
    phone->part = realloc(phone->part, phone->held ? phone->held : 1);
    memcpy(phone->part, room + at, phone->held);
    if (!phone->held) free(phone->part), phone->part = NULL;
}

static void trickle(uint64_t now) {
    slow_at_ns = now + slow_every_ns;
    for (int n = 0; n < total; n++) {
        struct phone *phone = phones + n;
        if (phone->speaks) continue;
        if (phone->state == GONE && phone->again_ns <= now && opening < OPENING)
            came_back++, call(phone);
        else if (phone->state == STANDING) {
            if (now - phone->since_ns > slow_stay_ns + slow_stay_ns * (n % 64) / 64) {
                lost(phone);
                continue;
            }
            ssize_t got = recv(phone->fd, room, slow_bytes, MSG_DONTWAIT);
            if (got > 0) slow_read += got;
            else if (got == 0 || errno != EAGAIN) lost(phone);
        }
    }
}

static void turn(uint64_t until_ns) { /* handles what comes, until then at the longest */
    static struct epoll_event events[EVENTS];
    if (slow_bytes && (!until_ns || slow_at_ns < until_ns)) until_ns = slow_at_ns;
    struct itimerspec at = {.it_value = {until_ns / 1000000000u, until_ns % 1000000000u}};
    timerfd_settime(alarm_fd, TFD_TIMER_ABSTIME, &at, NULL);
    int many = epoll_wait(wakes, events, EVENTS, -1);
    for (int n = 0; n < many; n++) {
        uint32_t who = events[n].data.u32;
        uint64_t ticks;
        if (who == SOCKETS) (void)!read(alarm_fd, &ticks, sizeof ticks);
        else if (who == SOCKETS + 1) orders_wait = 1;
        else if (phones[who].state != GONE) hear(phones + who);
    }
    if (slow_bytes && now_ns() >= slow_at_ns) trickle(now_ns());
}

static void open_all(const char *path, const int *ask) {
    int many, first = total;
    struct blob *says = blobs(path, &many);
    uint64_t began = now_ns(), until = began + 120000000000u;
    for (int n = 0; n < many && total < SOCKETS; n++, total++) {
        phones[total] = (struct phone){.port = ask[0], .speaks = ask[1], .counts = ask[2], .want = ask[3],
                                       .rcvbuf = ask[4], .first = says[n]};
        if (ask[1]) speakers[speaking++] = total;
    }
    for (int n = first; (n < total || opening) && now_ns() < until;) {
        while (n < total && opening < OPENING) call(phones + n++);
        if (opening) turn(now_ns() + 100000000u);
    }
    int standing = 0;
    for (int n = first; n < total; n++) standing += phones[n].state == STANDING;
    printf("{\"open\": %d, \"took_s\": %f}\n", standing, (now_ns() - began) / 1e9);
    free(says);
}

static void say_one(struct blob *blob, struct phone *phone, uint64_t intended) {
    char hex[STAMP + 1];
    snprintf(hex, sizeof hex, "%016llx", (unsigned long long)intended);
    unsigned char *copy = malloc(blob->size), *at = copy;
    memcpy(copy, blob->bytes, blob->size);
    while ((at = memmem(at, copy + blob->size - at, "@@@@@@@@@@@@@@@@", STAMP))) memcpy(at, hex, STAMP);
    for (size_t sent = 0; sent < blob->size && phone->state != GONE;) {
        ssize_t took = send(phone->fd, copy + sent, blob->size - sent, MSG_NOSIGNAL);
        if (took > 0) sent += took;
        else if (errno == EAGAIN) turn(now_ns() + 1000000u); /* it is full: what comes is heard meanwhile */
        else break;
    }
    free(copy);
}

static void say_all(const char *path, long many, uint64_t gap, long expect, int one_by_one, uint64_t within) {
    int kinds;
    struct blob *says = blobs(path, &kinds);
    long sent = 0, bytes_before = bytes_in;
    memset(buckets, 0, sizeof buckets), memset(late_buckets, 0, sizeof late_buckets);
    uint64_t began = now_ns() + 2000000u, next = began, until = began + within, now;
    marked = 0, since_ns = began;
    while ((now = now_ns()) < until && (marked < many * expect || sent < many)) {
        if (one_by_one && sent && marked >= sent * expect && next < now) next = now;
        while (sent < many && now >= next && (!one_by_one || marked >= sent * expect)) {
            count(late_buckets, now - next);
            say_one(says + sent % kinds, phones + speakers[sent % speaking], next);
            sent++, next += gap, now = now_ns();
        }
        int waits = sent >= many || (one_by_one && marked < sent * expect);
        if (marked < many * expect || sent < many) turn(waits || next > until ? until : next);
    }
    printf("{\"sent\": %ld, \"heard\": %ld, \"bytes\": %ld, \"took_s\": %f", sent, marked,
           bytes_in - bytes_before, (now_ns() - began) / 1e9);
    told("late", late_buckets), told("latencies", buckets);
    printf("}\n");
    for (int n = 0; n < kinds; n++) free(says[n].bytes);
    free(says);
}

static void look(void) {
    int there = 0;
    for (int n = 0; n < total; n++) there += phones[n].state == STANDING;
    printf("{\"open\": %d, \"closed\": %ld, \"came_back\": %ld, \"frames\": %ld, \"slow_bytes\": %llu}\n",
           there, closed, came_back, frames, (unsigned long long)slow_read);
}

static void carry_out(const char *line) {
    static char path[4096];
    const char *file = strstr(line, "\"file\": \"");
    long a[5];
    if (file) sscanf(file + 9, "%4095[^\"]", path);
    if (sscanf(line, "{\"open\": [%ld, %ld, %ld, %ld, %ld]", a, a + 1, a + 2, a + 3, a + 4) == 5)
        open_all(path, (int[]){a[0], a[1], a[2], a[3], a[4]});
    else if (sscanf(line, "{\"say\": [%ld, %ld, %ld, %ld, %ld]", a, a + 1, a + 2, a + 3, a + 4) == 5)
        say_all(path, a[0], a[1], a[2], a[3], a[4]);
    else {
        if (sscanf(line, "{\"trickle\": [%ld, %ld, %ld]", a, a + 1, a + 2) == 3) {
            slow_bytes = a[0], slow_every_ns = a[1] * 1000000u, slow_stay_ns = a[2] * 1000000u;
            slow_at_ns = now_ns();
            for (int n = 0; n < total; n++)
                if (!phones[n].speaks && phones[n].state == STANDING)
                    epoll_ctl(wakes, EPOLL_CTL_DEL, phones[n].fd, NULL);
        } else if (!strncmp(line, "{\"leave\"", 8)) {
            slow_bytes = 0;
            for (int n = 0; n < total; n++)
                if (!phones[n].speaks && phones[n].state != GONE) lost(phones + n);
        }
        look();
    }
    fflush(stdout);
}

int main(void) {
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files), files.rlim_cur = files.rlim_max, setrlimit(RLIMIT_NOFILE, &files);
    wakes = epoll_create1(0), alarm_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = SOCKETS};
    epoll_ctl(wakes, EPOLL_CTL_ADD, alarm_fd, &event);
    event.data.u32 = SOCKETS + 1;
    epoll_ctl(wakes, EPOLL_CTL_ADD, 0, &event);
    static char line[8192];
    for (size_t size = 0;;) {
        while (!orders_wait) turn(0);
        orders_wait = 0;
        ssize_t got = read(0, line + size, sizeof line - 1 - size);
        if (got <= 0) return 0;
        line[size += got] = 0;
        if (line[size - 1] == '\n') carry_out(line), size = 0;
    }
}
