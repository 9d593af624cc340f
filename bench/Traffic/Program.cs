using Mesh.Bench.Traffic;

return await TrafficCommand.Create().Parse(args).InvokeAsync();
