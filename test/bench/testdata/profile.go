package main

// The bench adds this file to cmd/manager, by an overlay of the build, when it is to write profiles. What users run does not have it.

import (
	"net/http"
	"os"
	"runtime"
	"runtime/pprof"
)

func init() {
	address := os.Getenv("AIS_BENCH_PROFILE")
	if address == "" {
		return
	}
	var cpu *os.File
	// start and stop are told where the profiles go: <file>.cpu and <file>.heap.
	http.HandleFunc("POST /start", func(w http.ResponseWriter, r *http.Request) {
		var err error
		if cpu, err = os.Create(r.URL.Query().Get("file") + ".cpu"); err == nil {
			err = pprof.StartCPUProfile(cpu)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	http.HandleFunc("POST /stop", func(w http.ResponseWriter, r *http.Request) {
		pprof.StopCPUProfile()
		err := cpu.Close()
		heap, createErr := os.Create(r.URL.Query().Get("file") + ".heap")
		if createErr != nil {
			http.Error(w, createErr.Error(), http.StatusInternalServerError)
			return
		}
		runtime.GC()
		if err == nil {
			err = pprof.WriteHeapProfile(heap)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
		_ = heap.Close()
	})
	go func() { panic(http.ListenAndServe(address, nil)) }()
}
