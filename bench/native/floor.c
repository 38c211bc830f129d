/* The floor of fan-out: a WebSocket server that does nothing but send what one says on to all who look.
 *
 * `floor` prints its port and serves until it is killed. Who connects to /say speaks; everyone else looks.
 * No authentication, no numbers, no bounds: what is measured is the system call and nothing else.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SOCKETS = 65536, ROOM = 1 << 18 };
struct line { int open, speaks; size_t held, waiting; unsigned char *part, *rest; };

static struct line lines[SOCKETS]; /* by descriptor */
static int lookers[SOCKETS], looking, wakes;
static unsigned char room[ROOM], out[ROOM];

static uint32_t rolled(uint32_t value, int by) { return value << by | value >> (32 - by); }

static void sha1(const unsigned char *text, size_t size, unsigned char *digest) { /* of at most 119 bytes */
    unsigned char block[128] = {0};
    uint32_t h[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0}, w[80];
    size_t blocks = size < 56 ? 1 : 2;
    memcpy(block, text, size), block[size] = 0x80;
    for (int n = 0; n < 4; n++) block[blocks * 64 - 1 - n] = size * 8 >> 8 * n;
    for (unsigned char *at = block; blocks--; at += 64) {
        for (int n = 0; n < 16; n++)
            w[n] = at[4 * n] << 24 | at[4 * n + 1] << 16 | at[4 * n + 2] << 8 | at[4 * n + 3];
        for (int n = 16; n < 80; n++) w[n] = rolled(w[n - 3] ^ w[n - 8] ^ w[n - 14] ^ w[n - 16], 1);
        uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
        for (int n = 0; n < 80; n++) {
            uint32_t f = n < 20                ? (b & c) | (~b & d)
                         : n < 40 || n >= 60 ? b ^ c ^ d
                                             : (b & c) | (b & d) | (c & d);
            uint32_t k = n < 20 ? 0x5a827999 : n < 40 ? 0x6ed9eba1 : n < 60 ? 0x8f1bbcdc : 0xca62c1d6;
            uint32_t next = rolled(a, 5) + f + e + k + w[n];
            e = d, d = c, c = rolled(b, 30), b = a, a = next;
        }
        h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e;
    }
    for (int n = 0; n < 20; n++) digest[n] = h[n / 4] >> (24 - n % 4 * 8);
}

static void accept_of(const char *key, char *text) { /* RFC 6455, section 4.2.2 */
    static const char signs[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned char digest[21] = {0};
    char joined[64];
    int size = snprintf(joined, sizeof joined, "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
    sha1((unsigned char *)joined, size, digest);
    for (int n = 0; n < 7; n++) {
        uint32_t three = digest[3 * n] << 16 | digest[3 * n + 1] << 8 | digest[3 * n + 2];
        for (int k = 0; k < 4; k++) *text++ = signs[three >> (18 - 6 * k) & 63];
    }
    text[-1] = '=', *text = 0;
}

static void gone(int fd) {
    for (int n = 0; n < looking; n++)
        if (lookers[n] == fd) lookers[n] = lookers[--looking];
    free(lines[fd].part), free(lines[fd].rest);
    lines[fd] = (struct line){0};
    close(fd);
}

static void watch(int fd, int operation, uint32_t events) {
    struct epoll_event event = {.events = events, .data.fd = fd};
    epoll_ctl(wakes, operation, fd, &event);
}

static void give(int fd, const unsigned char *data, size_t size) {
    struct line *line = lines + fd;
    ssize_t sent = line->waiting ? 0 : send(fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent == (ssize_t)size) return;
    if (sent < 0) sent = 0;
    line->rest = realloc(line->rest, line->waiting + size - sent);
    memcpy(line->rest + line->waiting, data + sent, size - sent);
    line->waiting += size - sent;
    watch(fd, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
}

static void give_rest(int fd) {
    struct line *line = lines + fd;
    ssize_t sent = send(fd, line->rest, line->waiting, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent <= 0) return;
    memmove(line->rest, line->rest + sent, line->waiting -= sent);
    if (!line->waiting) watch(fd, EPOLL_CTL_MOD, EPOLLIN);
}

static size_t broadcast(unsigned char *at, size_t size) { /* one frame of a speaker; 0: not whole yet */
    if (size < 8) return 0;
    size_t length = at[1] & 127, head = 2;
    if (length == 126) length = at[2] << 8 | at[3], head = 4;
    if (size < head + 4 + length) return 0;
    unsigned char *mask = at + head, *payload = mask + 4;
    memcpy(out, at, head), out[1] &= 127;
    for (size_t n = 0; n < length; n++) out[head + n] = payload[n] ^ mask[n & 3];
    for (int n = 0; n < looking; n++) give(lookers[n], out, head + length);
    return head + 4 + length;
}

static size_t greet(int fd, char *head, size_t size) {
    char *end = memmem(head, size, "\r\n\r\n", 4), accepted[32], answer[256];
    if (!end) return 0;
    char *key = memmem(head, size, "Sec-WebSocket-Key: ", 19);
    if (!key) return size;
    accept_of(key + 19, accepted);
    int many = snprintf(answer, sizeof answer, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                        "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n", accepted);
    lines[fd].open = 1, lines[fd].speaks = !memcmp(head, "GET /say", 8);
    if (!lines[fd].speaks) lookers[looking++] = fd;
    give(fd, (unsigned char *)answer, many);
    return end + 4 - head;
}

static void hear(int fd) {
    struct line *line = lines + fd;
    size_t size = line->held, at = 0, used = 0;
    memcpy(room, line->part ? line->part : room, size);
    ssize_t got = recv(fd, room + size, ROOM - size, MSG_DONTWAIT);
    if (got <= 0) {
        if (got == 0 || errno != EAGAIN) gone(fd);
        return;
    }
    size += got;
    if (!line->open) at = greet(fd, (char *)room, size);
    while (line->speaks && at < size && (used = broadcast(room + at, size - at))) at += used;
    if (line->open && !line->speaks) at = size; /* what a looker says is nobody's business */
    line->held = size - at;
    line->part = realloc(line->part, line->held + 1);
    memcpy(line->part, room + at, line->held);
}

int main(void) {
    struct rlimit files;
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof here;
    struct epoll_event events[512];
    int door = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), yes = 1;
    getrlimit(RLIMIT_NOFILE, &files), files.rlim_cur = files.rlim_max, setrlimit(RLIMIT_NOFILE, &files);
    if (bind(door, (struct sockaddr *)&here, size) || listen(door, 4096)) return perror("floor"), 1;
    getsockname(door, (struct sockaddr *)&here, &size);
    printf("{\"port\": %d}\n", ntohs(here.sin_port)), fflush(stdout);
    wakes = epoll_create1(0), watch(door, EPOLL_CTL_ADD, EPOLLIN);
    for (;;) {
        int many = epoll_wait(wakes, events, 512, -1);
        for (int n = 0; n < many; n++) {
            int fd = events[n].data.fd;
            if (fd == door) {
                while ((fd = accept4(door, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
                    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
                    watch(fd, EPOLL_CTL_ADD, EPOLLIN);
                }
            } else {
                if (events[n].events & EPOLLOUT) give_rest(fd);
                if (events[n].events & ~EPOLLOUT) hear(fd);
            }
        }
    }
}
