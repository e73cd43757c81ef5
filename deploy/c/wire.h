// Reads messages in the wire format of protocol buffers, field by field.
#ifndef MTC_WIRE_H_
#define MTC_WIRE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Bytes of a message that are left to read.
typedef struct {
  const uint8_t* at;
  size_t left;
} Span;

typedef struct {
  uint32_t number;
  uint64_t value;  // of a varint
  Span bytes;      // of a string, a message, packed numbers or a fixed number
} Field;

static bool next_varint(Span* span, uint64_t* value) {
  *value = 0;
  for (int shift = 0; shift < 64 && span->left > 0; shift += 7) {
    uint8_t byte = *span->at++;
    span->left--;
    *value |= (uint64_t)(byte & 0x7F) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

// Reads the next field; false at the end, or where the message is damaged.
static bool next_field(Span* span, Field* field) {
  uint64_t tag, size;
  *field = (Field){0};
  if (!next_varint(span, &tag)) return false;
  field->number = (uint32_t)(tag >> 3);
  switch (tag & 7) {
    case 0:
      return next_varint(span, &field->value);
    case 1:
      size = 8;
      break;
    case 2:
      if (!next_varint(span, &size)) return false;
      break;
    case 5:
      size = 4;
      break;
    default:
      return false;
  }
  if (size > span->left) return false;
  field->bytes = (Span){span->at, size};
  span->at += size;
  span->left -= size;
  return true;
}

// Finds the first field of a number; an empty span if there is none.
static Span find_bytes(Span message, uint32_t number) {
  Field field;
  while (next_field(&message, &field))
    if (field.number == number) return field.bytes;
  return (Span){NULL, 0};
}

#endif  // MTC_WIRE_H_
