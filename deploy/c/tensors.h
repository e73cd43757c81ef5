// TensorProto to tensors of TensorFlow's C API, and these to JSON.
#ifndef MTC_TENSORS_H_
#define MTC_TENSORS_H_

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tensorflow/c/c_api.h"
#include "tensorflow/c/tf_tstring.h"
#include "wire.h"

enum { MAX_DIMS = 8 };

static void fail(const char* what, const char* why) {
  fprintf(stderr, "replay: error: %s: %s\n", what, why);
  exit(1);
}

static int read_shape(Span shape, int64_t* dims) {
  Field dim, size;
  int count = 0;
  while (next_field(&shape, &dim)) {
    if (dim.number != 2) continue;
    if (count == MAX_DIMS) fail("a request", "a tensor of too many dimensions");
    dims[count] = 0;
    while (next_field(&dim.bytes, &size))
      if (size.number == 1) dims[count] = (int64_t)size.value;
    count++;
  }
  return count;
}

// The numbers of a tensor: as bytes, or, of a single one, in a field of its type.
static void copy_numbers(Span proto, TF_Tensor* tensor) {
  size_t width = TF_DataTypeSize(TF_TensorType(tensor));
  size_t wanted = TF_TensorByteSize(tensor);
  uint8_t* data = TF_TensorData(tensor);
  Field field;
  while (next_field(&proto, &field)) {
    bool is_plain = field.number >= 4 && field.number <= 6;
    if (is_plain && field.bytes.left == wanted) {
      memcpy(data, field.bytes.at, wanted);
      return;
    }
    if (field.number != 7) continue;
    uint64_t value;
    for (size_t at = 0; next_varint(&field.bytes, &value); at += width) {
      if (at + width > wanted) fail("a request", "a tensor of too many numbers");
      memcpy(data + at, &value, width);  // little-endian
      if (at + width == wanted) return;
    }
  }
  if (wanted > 0) fail("a request", "a tensor of too few numbers");
}

static void copy_strings(Span proto, TF_Tensor* tensor) {
  TF_TString* strings = TF_TensorData(tensor);
  int64_t count = TF_TensorElementCount(tensor), done = 0;
  for (int64_t i = 0; i < count; i++) TF_StringInit(&strings[i]);
  Field field;
  while (next_field(&proto, &field)) {
    if (field.number != 8 || done == count) continue;
    const char* content = (const char*)field.bytes.at;
    TF_StringCopy(&strings[done++], content, field.bytes.left);
  }
  if (done < count) fail("a request", "a tensor of too few strings");
}

static TF_Tensor* read_tensor(Span proto) {
  int64_t dims[MAX_DIMS];
  Field field;
  TF_DataType type = TF_FLOAT;
  Span message = proto;
  while (next_field(&message, &field))
    if (field.number == 1) type = (TF_DataType)field.value;
  int rank = read_shape(find_bytes(proto, 2), dims);
  size_t bytes = type == TF_STRING ? sizeof(TF_TString) : TF_DataTypeSize(type);
  for (int i = 0; i < rank; i++) bytes *= (size_t)dims[i];
  TF_Tensor* tensor = TF_AllocateTensor(type, dims, rank, bytes);
  if (type == TF_STRING)
    copy_strings(proto, tensor);
  else
    copy_numbers(proto, tensor);
  return tensor;
}

static void print_text(const char* text, size_t size) {
  putchar('"');
  for (size_t i = 0; i < size; i++) {
    unsigned char c = (unsigned char)text[i];
    if (c == '"' || c == '\\')
      printf("\\%c", c);
    else if (c < 0x20)
      printf("\\u%04x", c);
    else
      putchar(c);
  }
  putchar('"');
}

// Prints all elements in one flat list.
static void print_tensor(TF_Tensor* tensor) {
  int64_t count = TF_TensorElementCount(tensor);
  TF_DataType type = TF_TensorType(tensor);
  if (type != TF_STRING && type != TF_FLOAT)
    fail("the model", "an output is neither text nor float32");
  putchar('[');
  for (int64_t i = 0; i < count; i++) {
    if (i > 0) printf(", ");
    if (type == TF_STRING) {
      TF_TString* string = (TF_TString*)TF_TensorData(tensor) + i;
      print_text(TF_StringGetDataPointer(string), TF_StringGetSize(string));
    } else {
      printf("%.9g", (double)((float*)TF_TensorData(tensor))[i]);
    }
  }
  putchar(']');
}

#endif  // MTC_TENSORS_H_
