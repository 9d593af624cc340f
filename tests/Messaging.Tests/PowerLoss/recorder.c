// Loaded before the C library into a process whose disk is to fail: writes down, in order, everything that is done to the files of one
// folder, so that the state of a disk at any moment can be made afterwards, with what had been synced by then and no more.
//
//   MESH_POWER_FOLDER  files in it are recorded, but for those that end with "-shm" or ".lock", which do not outlive a process
//   MESH_POWER_LOG     the record: for each step a head (struct step) and its bytes
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum kind { OPEN = 1, WRITE = 2, SYNC = 3, TRUNCATE = 4, UNLINK = 5 };

struct step {
  uint32_t kind;
  uint32_t file;
  uint64_t offset;  // of a write; the new length; of a sync the number of steps before it began: later ones are not covered
  uint64_t length;  // of the bytes that follow
};

enum { FILES = 4096, NAMES = 64 };

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static int log_file = -2;
static uint64_t steps;
static uint32_t by_descriptor[FILES];
static char *names[NAMES];
static uint32_t name_count;

static int (*real_open)(const char *, int, ...);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_write)(int, const void *, size_t);
static int (*real_fsync)(int);
static int (*real_ftruncate)(int, off_t);
static int (*real_unlink)(const char *);
static int (*real_close)(int);

__attribute__((constructor)) static void begin(void) {
  real_open = dlsym(RTLD_NEXT, "open64");
  real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
  real_write = dlsym(RTLD_NEXT, "write");
  real_fsync = dlsym(RTLD_NEXT, "fsync");
  real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
  real_unlink = dlsym(RTLD_NEXT, "unlink");
  real_close = dlsym(RTLD_NEXT, "close");
  const char *path = getenv("MESH_POWER_LOG");
  log_file = path ? real_open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644) : -1;
}

static int ends_with(const char *text, const char *end) {
  size_t all = strlen(text), last = strlen(end);
  return all >= last && strcmp(text + all - last, end) == 0;
}

static int is_recorded(const char *path) {
  const char *folder = getenv("MESH_POWER_FOLDER");
  return log_file >= 0 && folder && path && strncmp(path, folder, strlen(folder)) == 0 && !ends_with(path, "-shm") && !ends_with(path, ".lock");
}

static void put(const void *bytes, size_t length) {
  const char *at = bytes;
  while (length > 0) {
    ssize_t done = real_write(log_file, at, length);
    if (done <= 0) abort();
    at += done;
    length -= done;
  }
}

// With the gate held.
static void record(uint32_t kind, uint32_t file, uint64_t offset, const void *bytes, uint64_t length) {
  struct step step = {kind, file, offset, length};
  put(&step, sizeof step);
  put(bytes, length);
  steps++;
}

// With the gate held. From 1.
static uint32_t number_of(const char *path) {
  for (uint32_t i = 0; i < name_count; i++)
    if (strcmp(names[i], path) == 0) return i + 1;
  if (name_count == NAMES) abort();
  names[name_count] = strdup(path);
  return ++name_count;
}

static uint32_t file_of(int descriptor) { return descriptor >= 0 && descriptor < FILES ? by_descriptor[descriptor] : 0; }

static int opened(const char *path, int flags, mode_t mode) {
  int descriptor = real_open(path, flags, mode);
  struct stat status;
  if (descriptor >= 0 && descriptor < FILES && is_recorded(path) && fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode)) {
    pthread_mutex_lock(&gate);
    by_descriptor[descriptor] = number_of(path);
    record(OPEN, by_descriptor[descriptor], 0, path, strlen(path));
    pthread_mutex_unlock(&gate);
  }
  return descriptor;
}

int open64(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return opened(path, flags, mode);
}

int open(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return opened(path, flags, mode);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t length, off64_t offset) {
  uint32_t file = file_of(descriptor);
  if (!file) return real_pwrite(descriptor, bytes, length, offset);
  pthread_mutex_lock(&gate);
  ssize_t done = real_pwrite(descriptor, bytes, length, offset);
  if (done > 0) record(WRITE, file, offset, bytes, done);
  pthread_mutex_unlock(&gate);
  return done;
}

ssize_t pwrite(int descriptor, const void *bytes, size_t length, off_t offset) { return pwrite64(descriptor, bytes, length, offset); }

// The disk is not really synced, which would take long and prove nothing: what a sync covers is written down.
static int synced(int descriptor, uint32_t file) {
  (void)descriptor;
  pthread_mutex_lock(&gate);
  uint64_t covered = steps;
  pthread_mutex_unlock(&gate);
  usleep(200);
  pthread_mutex_lock(&gate);
  record(SYNC, file, covered, "", 0);
  pthread_mutex_unlock(&gate);
  return 0;
}

int fsync(int descriptor) {
  uint32_t file = file_of(descriptor);
  return file ? synced(descriptor, file) : real_fsync(descriptor);
}

int fdatasync(int descriptor) { return fsync(descriptor); }

int ftruncate64(int descriptor, off64_t length) {
  uint32_t file = file_of(descriptor);
  if (!file) return real_ftruncate(descriptor, length);
  pthread_mutex_lock(&gate);
  int result = real_ftruncate(descriptor, length);
  if (result == 0) record(TRUNCATE, file, length, "", 0);
  pthread_mutex_unlock(&gate);
  return result;
}

int ftruncate(int descriptor, off_t length) { return ftruncate64(descriptor, length); }

int unlink(const char *path) {
  if (!is_recorded(path)) return real_unlink(path);
  pthread_mutex_lock(&gate);
  int result = real_unlink(path);
  if (result == 0) record(UNLINK, number_of(path), 0, "", 0);
  pthread_mutex_unlock(&gate);
  return result;
}

int close(int descriptor) {
  if (descriptor >= 0 && descriptor < FILES) by_descriptor[descriptor] = 0;
  return real_close(descriptor);
}
