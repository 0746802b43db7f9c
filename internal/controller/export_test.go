package controller

// NewDispatcher makes the flow control of all kinds.
var NewDispatcher = newDispatcher
