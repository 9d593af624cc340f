namespace Mesh.Bench.Load.Processes;

/// <summary>CPU time, in seconds.</summary>
internal readonly record struct CpuTime(double User, double System)
{
    public double Total => User + System;

    public static CpuTime operator -(CpuTime end, CpuTime start) => new(end.User - start.User, end.System - start.System);
}
