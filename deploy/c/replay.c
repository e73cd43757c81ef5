// Answers the warm-up requests of a SavedModel on TensorFlow's C API, as
// TensorFlow Serving does when it starts: no Python.
//
//   replay OUT/saved_model/1
//
// prints a line of JSON for each request: its signature, and each output as a
// flat list. `make replay` builds it against the TensorFlow of the environment.
// An example of how to embed a model in C, too.
#include "tensors.h"

enum { MAX_TENSORS = 256 };
static const char WARM_UP[] = "assets.extra/tf_serving_warmup_requests";

static void check(TF_Status* status, const char* what) {
  if (TF_GetCode(status) != TF_OK) fail(what, TF_Message(status));
}

static Span read_file(const char* path) {
  FILE* file = fopen(path, "rb");
  if (file == NULL) fail(path, "cannot be opened");
  fseek(file, 0, SEEK_END);
  long size = ftell(file);
  rewind(file);
  uint8_t* content = malloc((size_t)size + 1);
  if (content == NULL || fread(content, 1, (size_t)size, file) != (size_t)size)
    fail(path, "cannot be read");
  fclose(file);
  return (Span){content, (size_t)size};
}

// The next record of a TFRecord file: its length, a checksum of that, the
// content, and a checksum of that.
static bool next_record(Span* file, Span* record) {
  uint64_t size;
  if (file->left < 16) return false;
  memcpy(&size, file->at, 8);
  if (size > file->left - 16) fail("warm-up requests", "a record is cut off");
  *record = (Span){file->at + 12, size};
  file->at += size + 16;
  file->left -= size + 16;
  return true;
}

static bool is_text(Span bytes, Span text) {
  return bytes.left == text.left && !memcmp(bytes.at, text.at, text.left);
}

// The value of a key in a map, which is a list of pairs.
static Span find_entry(Span message, uint32_t map, Span key) {
  Field field;
  while (next_field(&message, &field))
    if (field.number == map && is_text(find_bytes(field.bytes, 1), key))
      return find_bytes(field.bytes, 2);
  fail("the SavedModel lacks", strndup((const char*)key.at, key.left));
  return (Span){NULL, 0};
}

// The tensor of the graph that a TensorInfo names, such as `x:0`.
static TF_Output find_output(TF_Graph* graph, Span info) {
  Span text = find_bytes(info, 1);
  char* name = strndup((const char*)text.at, text.left);
  char* colon = strrchr(name, ':');
  if (colon == NULL) fail("the SavedModel names a tensor", name);
  *colon = '\0';
  TF_Output output = {TF_GraphOperationByName(graph, name), atoi(colon + 1)};
  if (output.oper == NULL) fail("the SavedModel lacks", name);
  free(name);
  return output;
}

static void answer(TF_Session* session, TF_Graph* graph, Span meta_graph,
                   Span request) {
  TF_Output inputs[MAX_TENSORS], outputs[MAX_TENSORS];
  TF_Tensor *values[MAX_TENSORS], *answers[MAX_TENSORS] = {NULL};
  Span names[MAX_TENSORS];
  int num_inputs = 0, num_outputs = 0;
  Field field;
  Span signature = find_bytes(find_bytes(request, 1), 3);
  Span definition = find_entry(meta_graph, 5, signature);
  while (next_field(&request, &field)) {
    if (field.number != 2 || num_inputs == MAX_TENSORS) continue;
    Span info = find_entry(definition, 1, find_bytes(field.bytes, 1));
    inputs[num_inputs] = find_output(graph, info);
    values[num_inputs++] = read_tensor(find_bytes(field.bytes, 2));
  }
  while (next_field(&definition, &field)) {
    if (field.number != 2 || num_outputs == MAX_TENSORS) continue;
    names[num_outputs] = find_bytes(field.bytes, 1);
    outputs[num_outputs++] = find_output(graph, find_bytes(field.bytes, 2));
  }
  TF_Status* status = TF_NewStatus();
  TF_SessionRun(session, NULL, inputs, values, num_inputs, outputs, answers,
                num_outputs, NULL, 0, NULL, status);
  check(status, "the model cannot be run");
  TF_DeleteStatus(status);
  printf("{\"signature\": ");
  print_text((const char*)signature.at, signature.left);
  for (int i = 0; i < num_outputs; i++) {
    printf(", ");
    print_text((const char*)names[i].at, names[i].left);
    printf(": ");
    print_tensor(answers[i]);
    TF_DeleteTensor(answers[i]);
  }
  printf("}\n");
  for (int i = 0; i < num_inputs; i++) TF_DeleteTensor(values[i]);
}

int main(int argc, char** argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: replay OUT/saved_model/VERSION\n");
    return 2;
  }
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", argv[1], WARM_UP);
  Span requests = read_file(path), record;
  const char* tags[] = {"serve"};
  TF_Status* status = TF_NewStatus();
  TF_Graph* graph = TF_NewGraph();
  TF_Buffer* meta_graph = TF_NewBuffer();
  TF_SessionOptions* options = TF_NewSessionOptions();
  TF_Session* session = TF_LoadSessionFromSavedModel(
      options, NULL, argv[1], tags, 1, graph, meta_graph, status);
  check(status, argv[1]);
  Span definitions = {meta_graph->data, meta_graph->length};
  while (next_record(&requests, &record))
    answer(session, graph, definitions, find_bytes(find_bytes(record, 6), 1));
  TF_CloseSession(session, status);
  TF_DeleteSession(session, status);
  TF_DeleteSessionOptions(options);
  TF_DeleteBuffer(meta_graph);
  TF_DeleteGraph(graph);
  TF_DeleteStatus(status);
  return fflush(stdout) == 0 ? 0 : 1;
}
