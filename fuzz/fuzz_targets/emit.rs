#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| compose2k8s_fuzz::emit(data));
