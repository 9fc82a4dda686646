// The least that a program can do: bench/run startup stands beside it.
Console.Out.WriteLine("hello");
